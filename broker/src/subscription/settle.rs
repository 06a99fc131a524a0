//! What a session's settling comes to on its channel.

use warren_protocol::{Outcome, ReceiveMode, Tags};

use super::{Command, Notice, Phase, Subscription};

impl Subscription {
    pub(super) fn settle(&mut self, outcome: Outcome, which: &Tags, commands: &mut Vec<Command>) {
        if let Phase::Open(open) = &self.phase {
            let stream = open.stream == Some(true);
            if stream && outcome != Outcome::Ack {
                return commands.push(Command::Emit(Notice::NotSupported(outcome)));
            }
            let look = open.mode == ReceiveMode::Look;
            if look && !stream && outcome != Outcome::Requeue {
                return commands.push(Command::Emit(Notice::NotInLook(outcome)));
            }
        }
        let settlement = match self.tags.settle(which) {
            Ok(settlement) => settlement,
            Err(tag) => return commands.push(Command::Emit(Notice::UnknownTag(tag))),
        };
        if let Some(stale) = settlement.stale {
            commands.push(Command::Emit(Notice::Stale(stale)));
        }
        if !settlement.commands.is_empty() {
            let (tags, which, count) = (settlement.commands, which.clone(), settlement.count);
            commands.push(Command::Settle { outcome, tags, which, count });
        }
    }
}
