//! The `process_*` metrics that Prometheus's own clients have, under their names. From `/proc`,
//! so on Linux only.

use prometheus_client::registry::Registry;

#[cfg(not(target_os = "linux"))]
pub(super) fn register(_registry: &mut Registry) {}

#[cfg(target_os = "linux")]
pub(super) fn register(registry: &mut Registry) {
    registry.register_collector(Box::new(linux::Process));
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fmt;

    use procfs::{
        WithCurrentSystemInfo as _,
        process::{self, LimitValue},
    };
    use prometheus_client::{
        collector::Collector,
        encoding::{DescriptorEncoder, EncodeMetric},
        metrics::{counter::ConstCounter, gauge::ConstGauge},
    };

    /// Reads `/proc` at each scrape.
    #[derive(Debug)]
    pub(super) struct Process;

    impl Collector for Process {
        fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
            // What cannot be read is left out, as the other clients do.
            let Ok(process) = process::Process::myself() else { return Ok(()) };
            if let Ok(stat) = process.stat() {
                let ticks = procfs::ticks_per_second() as f64;
                let cpu = ConstCounter::new((stat.utime + stat.stime) as f64 / ticks);
                let help = "User and system CPU time";
                add(&mut encoder, "process_cpu_seconds", help, &cpu)?;
                let resident = ConstGauge::new(stat.rss_bytes().get() as f64);
                add(&mut encoder, "process_resident_memory_bytes", "Memory in RAM", &resident)?;
                let size = ConstGauge::new(stat.vsize as f64);
                add(&mut encoder, "process_virtual_memory_bytes", "Address space", &size)?;
                if let Ok(boot) = procfs::boot_time_secs() {
                    let start = ConstGauge::new(boot as f64 + stat.starttime as f64 / ticks);
                    let help = "When it started, in seconds since 1970";
                    add(&mut encoder, "process_start_time_seconds", help, &start)?;
                }
            }
            if let Ok(open) = process.fd_count() {
                let open = ConstGauge::new(open as f64);
                add(&mut encoder, "process_open_fds", "Open file descriptors", &open)?;
            }
            if let Ok(limits) = process.limits()
                && let LimitValue::Value(max) = limits.max_open_files.soft_limit
            {
                let max = ConstGauge::new(max as f64);
                add(&mut encoder, "process_max_fds", "Most file descriptors", &max)?;
            }
            Ok(())
        }
    }

    fn add(
        encoder: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
        metric: &impl EncodeMetric,
    ) -> fmt::Result {
        metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)
    }
}
