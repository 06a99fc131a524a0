//! epmd, the daemon that knows the ports of Erlang nodes: one of our own for each node or cluster,
//! so that the machine's is left alone.

use std::{
    net::{Ipv4Addr, TcpStream},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Result, bail};

use crate::{
    guarded::Guarded,
    process::{on_path, wait_until},
};

/// An epmd of our own. Where there is none in `$PATH` the server starts one itself, which then
/// stays; it is small.
pub(crate) fn start(port: u16) -> Result<Option<Guarded>> {
    let Some(program) = on_path("epmd") else {
        return Ok(None);
    };
    let port_text = port.to_string();
    let mut epmd = Guarded::spawn(
        Command::new(program)
            .args(["-address", "127.0.0.1", "-port", &port_text])
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )?;
    wait_until("epmd listens", Duration::from_secs(10), || {
        if let Some(status) = epmd.try_wait()? {
            bail!("epmd ended at once ({status})");
        }
        Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())
    })?;
    Ok(Some(epmd))
}
