//! What many sessions cost: memory, processor time when idle, throughput when all receive.

use tokio::{
    sync::watch,
    task::{AbortHandle, JoinSet},
};
use warren_tests::{limits_file::LimitsFile, node, relay::Relay};

use crate::{
    baseline::Lapin,
    client::Client,
    load::Load,
    plot::Plot,
    process::{cpu_percent, resident_mib},
    report::{Goal, Report},
    scale::Scale,
    throughput::divide,
};

/// How many sessions are opened at the same time.
const AT_ONCE: usize = 50;

/// All sessions of the bench come from one.
const ONE_ADDRESS: &str = "max-sessions-per-address = 10000";

/// Measures and reports.
pub(crate) async fn measure(scale: &Scale, report: &mut Report) -> Vec<Plot> {
    let mut memory = Plot::new("sessions-memory", "Open sessions", "relay's resident memory, MiB");
    for &count in &scale.sessions {
        let (mut each, mut cpu) = (Vec::new(), Vec::new());
        for _ in 0..scale.rounds {
            let relay =
                Relay::start(&node::vhost().await, &LimitsFile::new(ONE_ADDRESS).args()).await;
            let first = open(&relay, 1).await;
            let before = resident_mib(&relay);
            let sessions = open(&relay, count - 1).await;
            let resident = resident_mib(&relay);
            each.push(per_session(resident - before, count - 1));
            let _idle = [keep(first), keep(sessions)];
            cpu.push(cpu_percent(&relay, scale.idle).await);
            memory.add("idle", count as f64, resident);
        }
        if count > 1 {
            let what = format!("memory per idle session, {count} open");
            report.add("sessions", what, "KiB", each, Goal::AtMost(40.0));
        }
        let what = format!("relay's processor time when idle, {count} open");
        report.add("sessions", what, "%", cpu, Goal::AtMost(1.0));
    }
    let mut rates = Plot::new("sessions-rate", "Receiving sessions", "messages per second");
    let (mut alone, mut lapin_alone) = (Vec::new(), Vec::new());
    for count in scale.sessions.iter().copied().filter(|count| *count <= scale.receiving) {
        let (mut each, mut rate, mut lapin) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..scale.rounds {
            let load = Load { bytes: 100, count: scale.shared };
            lapin.push(Lapin::connect(&node::vhost().await).await.shared_rate(count, load).await);
            rates.add("raw lapin", count as f64, lapin[lapin.len() - 1]);
            let relay =
                Relay::start(&node::vhost().await, &LimitsFile::new(ONE_ADDRESS).args()).await;
            let mut first = open(&relay, 1).await;
            receive(&mut first).await;
            let before = resident_mib(&relay);
            let mut sessions = open(&relay, count - 1).await;
            receive(&mut sessions).await;
            let resident = resident_mib(&relay);
            each.push(per_session(resident - before, count - 1));
            memory.add("receiving", count as f64, resident);
            first.append(&mut sessions);
            rate.push(shared_rate(&relay, first, scale.shared).await);
            rates.add("relay", count as f64, rate[rate.len() - 1]);
        }
        if count == 1 {
            alone.clone_from(&rate);
            lapin_alone.clone_from(&lapin);
        } else {
            let what = format!("memory per receiving session, {count} receive");
            report.add("sessions", what, "KiB", each, Goal::AtMost(120.0));
        }
        let what = format!("throughput, {count} receive");
        report.add("sessions", what, "msg/s", rate.clone(), Goal::None);
        if count > 1 {
            let what = format!("throughput, {count} receive / 1 receives");
            report.add("sessions", what, "×", divide(&rate, &alone), Goal::AtLeast(0.4));
            // What RabbitMQ and lapin leave to be reached.
            let what = format!("raw lapin, {count} consumers / 1 consumer");
            report.add("sessions", what, "×", divide(&lapin, &lapin_alone), Goal::None);
        }
    }
    vec![memory, rates]
}

fn per_session(mib: f64, count: usize) -> f64 {
    mib * 1024.0 / count.max(1) as f64
}

/// Opens sessions; they say nothing until they are used.
pub(crate) async fn open(relay: &Relay, count: usize) -> Vec<Client> {
    let mut opening = JoinSet::new();
    let mut clients = Vec::with_capacity(count);
    for _ in 0..count {
        if opening.len() >= AT_ONCE
            && let Some(client) = opening.join_next().await
        {
            clients.push(client.unwrap());
        }
        let address = relay.address.clone();
        opening.spawn(async move { Client::open(&address).await });
    }
    while let Some(client) = opening.join_next().await {
        clients.push(client.unwrap());
    }
    clients
}

/// Lets them receive.
pub(crate) async fn receive(clients: &mut [Client]) {
    for client in clients {
        client.receive().await;
    }
}

/// Sessions that answer pings until this is dropped.
struct Kept(Vec<AbortHandle>);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

fn keep(clients: Vec<Client>) -> Kept {
    Kept(clients.into_iter().map(|client| tokio::spawn(client.idle()).abort_handle()).collect())
}

/// Messages per second from one session that publishes to many that receive.
pub(crate) async fn shared_rate(relay: &Relay, receivers: Vec<Client>, count: usize) -> f64 {
    let mut publisher = Client::open(&relay.address).await;
    let received = watch::Sender::new(0);
    let mut receiving = JoinSet::new();
    for client in receivers {
        let received = received.clone();
        receiving.spawn(client.count_into(received));
    }
    let mut all = received.subscribe();
    let start = tokio::time::Instant::now();
    let publish = publisher.publish_all(Load { bytes: 100, count });
    let receive = async { all.wait_for(|received| *received >= count).await.map(|_| ()) };
    let ((), received) = tokio::join!(publish, receive);
    received.unwrap();
    count as f64 / start.elapsed().as_secs_f64()
}
