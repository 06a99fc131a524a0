//! The relay's reasons in the user's language.

use warren_protocol::{Detail, HandshakeHint, HeaderNeed, Outcome};

use super::Language;

/// A reason of the relay's as a clause, without a mark at its end. What the broker itself says stays in
/// its own words.
#[must_use]
pub fn detail(detail: &Detail, language: Language) -> String {
    match language {
        Language::English => detail.to_string(),
        Language::Chinese => chinese(detail),
    }
}

fn chinese(why: &Detail) -> String {
    match why {
        Detail::BrokerSays { words } => words.clone(),
        Detail::NotConnected => "未连接到 RabbitMQ".to_owned(),
        Detail::BrokerSilent => "RabbitMQ 没有响应".to_owned(),
        Detail::RelayStops => "relay 正在停止".to_owned(),

        Detail::ClosedBeforeHandshake { address, or } => {
            let or = match or {
                HandshakeHint::TlsPort => "这是 TLS 端口：请改用 amqps://",
                HandshakeHint::ClientCertificateMissing => {
                    "它要求客户端证书：请设置 --amqp-cert 和 --amqp-key"
                }
                HandshakeHint::ClientCertificateRefused => "它不接受 --amqp-cert：原因见它的日志",
            };
            format!("{address} 在 AMQP 握手之前关闭了连接。RabbitMQ 可能仍在启动，或者{or}")
        }
        Detail::LoginFailed { user, address } => {
            format!("用户 {user} 登录 {address} 失败")
        }
        Detail::CertificateLoginFailed { address, words } => {
            format!("以 --amqp-cert 证书中的用户登录 {address} 失败：{words}")
        }
        Detail::LimitReached { address, words } => format!("{address} 已达上限：{words}"),
        Detail::VhostRefused { vhost, user, words } => {
            format!("虚拟主机（vhost）{vhost} 不存在，或用户 {user} 无权使用（{words}）")
        }
        Detail::ConnectionClosed { words } => format!("broker 关闭了连接：{words}"),
        Detail::ConnectionError { reply_code, words } => {
            format!("broker 返回错误 {reply_code} {words}")
        }
        Detail::HeartbeatMissed { address } => format!("{address} 长时间没有心跳（heartbeat）"),
        Detail::NotAmqp { address } => format!("{address} 使用的不是 AMQP 0-9-1 协议"),
        Detail::ConnectionLost { address } => format!("与 {address} 的连接已断开"),
        Detail::NoAnswer { address } => format!("{address} 没有响应"),
        Detail::ConnectionRefused { address } => {
            format!("{address} 拒绝连接：RabbitMQ 是否在那里运行？")
        }
        Detail::HostNotFound { host } => format!("无法解析主机名 {host}"),
        Detail::ConnectionFailed { address, words } => format!("{address}：{words}"),
        Detail::NoChannelLeft { address, max } => {
            format!("{address} 的每个连接最多允许 {max} 个信道（channel）")
        }

        Detail::NotTls { address } => format!(
            "{address} 不支持 TLS：请把 amqps:// 改为 amqp://，或改用 broker 的 TLS 端口（RabbitMQ \
             默认为 5671）"
        ),
        Detail::TlsIncompatible { address, words } => {
            let words = words.as_ref().map(|words| format!("：{words}")).unwrap_or_default();
            format!("{address} 不支持 relay 所用的 TLS 版本（1.2 或 1.3）{words}")
        }
        Detail::TlsFailed { address, words } => {
            format!("与 {address} 的 TLS 通信失败：{words}")
        }
        Detail::TlsEnded { address, alert } => {
            format!("{address} 中止了 TLS 握手（警报 {alert}）：原因见它的日志")
        }
        Detail::CertificateExpired { address, on: Some(on) } => {
            format!("{address} 的证书已于 {on} 过期：请在那里更新证书")
        }
        Detail::CertificateExpired { address, on: None } => {
            format!("{address} 的证书已过期：请在那里更新证书")
        }
        Detail::CertificateBeginsLater { address, from, now } => format!(
            "{address} 的证书从 {from} 起才有效，而 relay 所在机器的时钟是 {now}：请更正其中有误的一方"
        ),
        Detail::CertificateNotYetValid { address } => {
            format!("{address} 的证书尚未生效：relay 所在机器的时钟是否正确？")
        }
        Detail::CertificateForOthers { address, host, names } => {
            let others = match names.as_slice() {
                [] => "不含任何主机名".to_owned(),
                names => format!("而是签发给 {} 的", names.join("、")),
            };
            format!(
                "{address} 的证书不是签发给主机 {host} 的，{others}：请在 --amqp-url 中改用证书里的主机名，\
                 或为 broker 配置 {host} 的证书"
            )
        }
        Detail::CertificateNotForHost { address, host } => {
            format!("{address} 的证书不是签发给主机 {host} 的")
        }
        Detail::CertificateNotFromCa { address } => {
            format!("{address} 的证书不是由 --amqp-ca 中的 CA 签发的：请把签发者的证书加进去")
        }
        Detail::CertificateFromUnknownCa { address } => {
            format!("{address} 的证书由系统不信任的 CA 签发：请用 --amqp-ca 指定该 CA 的证书")
        }
        Detail::CertificateOfCa { address, host } => format!(
            "{address} 的证书是 CA 自身的证书，不能用作主机证书：请让该 CA 为 {host} 签发一张"
        ),
        Detail::CertificateNotForServers { address } => {
            format!("{address} 的证书不能用于服务器（见其扩展密钥用法）")
        }
        Detail::CertificateUntrusted { address, words } => {
            format!("{address} 的证书不可信：{words}")
        }
        Detail::ClientCertificateMissing { address } => {
            format!("{address} 要求客户端证书：请设置 --amqp-cert 和 --amqp-key")
        }
        Detail::ClientCertificateProbablyMissing { address } => format!(
            "{address} 拒绝 TLS 握手，很可能是因为它要求客户端证书：请设置 --amqp-cert 和 --amqp-key"
        ),
        Detail::ClientCertificateFromUnknownCa { address } => {
            format!("{address} 不信任签发 --amqp-cert 的 CA")
        }
        Detail::ClientCertificateExpired { address } => {
            format!("{address} 表示 --amqp-cert 已过期：请更新证书")
        }
        Detail::ClientCertificateRefused { address, alert } => {
            format!("{address} 不接受 --amqp-cert（TLS 警报 {alert}）")
        }

        Detail::QueueMissing { queue } => {
            format!("队列 {queue} 不存在；请声明它，或用 --queue-kind 让 Warren 声明")
        }
        Detail::QueueGone { queue } => {
            format!("队列 {queue} 已不存在；它不是 Warren 声明的，应由其所有者重新声明")
        }
        Detail::QueueDeleted { queue } => format!("队列 {queue} 已被删除，或其所在节点已下线"),
        Detail::QueueExclusive { queue } => {
            format!("队列 {queue} 由另一个连接独占（exclusive）")
        }
        Detail::QueueForbidden { queue, words } => {
            format!("relay 的用户无权对队列 {queue} 执行此操作：{words}")
        }
        Detail::QueueRefused { queue, words } => format!("队列 {queue}：{words}"),
        Detail::QueueNameTooLong { queue } => format!("队列 {queue} 的名称超过 255 字节"),
        Detail::QueueEndsConnection { queue, cause } => {
            format!("队列 {queue}：它的某条消息或某个消费者会使连接中断（{}）", chinese(cause))
        }
        Detail::UnknownQueue { queue, available } => {
            format!("未知队列“{queue}”；可用队列：{}", available.join("、"))
        }

        Detail::Unroutable { queue, words } => {
            format!("broker 无法路由该消息：队列 {queue} 已不存在（{words}）")
        }
        Detail::NotTaken { queue } => format!("broker 拒绝了该消息：队列 {queue} 可能已满"),
        Detail::ChannelClosed { words } => format!("broker 关闭了信道（channel）：{words}"),
        Detail::PublishForbidden { words } => format!("relay 的用户无权发布消息：{words}"),
        Detail::WindowFull => "请等待 broker 确认后再继续发送".to_owned(),
        Detail::NoMemory => "relay 的内存已用尽（--memory-budget）：请稍后重新发送".to_owned(),
        Detail::BodyTooLarge { bytes, max } => {
            format!("消息体有 {bytes} 字节，最多允许 {max} 字节")
        }
        Detail::PropertiesTooLarge { max } => {
            format!("属性和消息头超过了允许的 {max} 字节")
        }
        Detail::PropertiesOverFrame { bytes, frame_max, max } => format!(
            "属性和消息头共 {bytes} 字节；此 broker 的帧大小为 {frame_max} 字节（frame_max），最多容纳 \
             {max} 字节"
        ),
        Detail::TooManyHeaders { max } => format!("消息头超过了允许的 {max} 个"),
        Detail::PropertyTooLong { property } => format!("{property} 最多 255 字节"),
        Detail::HeaderNameTooLong => "消息头的名称最多 255 字节".to_owned(),
        Detail::BadExpiration { max } => {
            format!("expiration 必须是 0 到 {max} 的整数毫秒，只含数字")
        }
        Detail::ForeignUserId => "user_id 必须是 relay 连接 broker 所用的用户".to_owned(),
        Detail::BrokenUrn { property } => {
            format!("{property} 以 urn:uuid: 开头却不是 UUID，RabbitMQ 会因此出错")
        }
        Detail::Amqp10Type => {
            "类型 amqp-1.0 会使 RabbitMQ 把消息体当作 AMQP 1.0 读取；请改用其他类型".to_owned()
        }
        Detail::DirectReplyTo => {
            "reply_to 的值 amq.rabbitmq.reply-to 只适用于 direct reply-to 的消费者".to_owned()
        }
        Detail::RoutingHeader { header } => {
            format!("消息头 {header} 会把消息路由到其他队列；Warren 不会发送它")
        }
        Detail::ReservedHeader { header } => {
            format!("消息头 {header} 由 RabbitMQ 自己使用，可能使它出错；请去掉它")
        }
        Detail::HeaderNeeds { header, needs } => {
            let needs = match needs {
                HeaderNeed::Deaths => {
                    "RabbitMQ 所写格式的数组，其中最多 32 个表；也可以不带这个消息头"
                }
                HeaderNeed::Offset => "不小于 0 的整数",
                HeaderNeed::Delay => "0 到 4294967295 的整数",
                HeaderNeed::FilterValue => "1 到 255 字节的文本",
                HeaderNeed::Text => "文本",
            };
            format!("RabbitMQ 会读取消息头 {header}，对值的要求：{needs}")
        }
        Detail::DecimalHeader { header } => {
            format!("消息头 {header} 含有 decimal 值，RabbitMQ 无法把它写入 stream；请改用文本")
        }
        Detail::CutOffHeader { header } => {
            format!("消息头 {header} 含有嵌套过深而未能显示的值，无法发送")
        }
        Detail::TooDeepHeader { header, max } => {
            format!("消息头 {header} 的嵌套超过了允许的 {max} 层")
        }
        Detail::NotFiniteHeader { header } => {
            format!("消息头 {header} 含有非有限的数值，RabbitMQ 无法读取")
        }

        Detail::MayNotSend => "此令牌无权发送".to_owned(),
        Detail::MayNotReceive => "此令牌无权接收".to_owned(),
        Detail::MayNotLook => "此令牌无权查看（look）".to_owned(),
        Detail::MayNotWatch => "此令牌无权旁观（watch）".to_owned(),
        Detail::TokenMissing => "此 relay 需要令牌".to_owned(),
        Detail::TokenWrong => "令牌错误".to_owned(),
        Detail::TokenWithdrawn => "令牌已失效".to_owned(),
        Detail::QueueNoStream { queue, words } => {
            format!("队列 {queue} 不是 stream，无法指定起始位置：{words}")
        }
        Detail::LookOver { seconds } => {
            format!("查看已持续 {seconds} 秒，自动结束，所有消息已放回队列")
        }
        Detail::LookTakesNothing { outcome } => {
            let what = match outcome {
                Outcome::Ack => "确认（ack）",
                Outcome::Requeue => "重新入队（requeue）",
                Outcome::Reject => "拒绝（reject）",
            };
            format!("查看模式下不能{what}消息：请改用接收模式")
        }
        Detail::NotTraced { vhost, command } => {
            format!(
                "虚拟主机（vhost）{vhost} 未开启 tracing：请在 RabbitMQ 所在机器上运行 {command}"
            )
        }
        Detail::WatchForbidden { user, vhost, words } => format!(
            "RabbitMQ 用户 {user} 在虚拟主机 {vhost} 上缺少权限（{words}）：旁观需要 amq.rabbitmq.trace \
             的 read 权限，warren.watch.* 的 configure、write 和 read 权限，以及 amq.default 的 write 权限"
        ),
        Detail::WatchRefused { words } => format!("RabbitMQ 拒绝旁观：{words}"),
        Detail::UnknownTag { tag } => format!("投递标签（delivery tag）{tag} 从未发出，或已处理"),
        Detail::StreamKeeps { outcome } => {
            let what = match outcome {
                Outcome::Requeue => "重新入队（requeue）",
                Outcome::Reject => "拒绝（reject）",
                Outcome::Ack => "确认（ack）",
            };
            format!("stream 会保留消息，无法{what}：请确认（ack）这些消息")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_worded_in_both_languages_with_the_same_arguments() {
        let login =
            Detail::LoginFailed { user: "guest".to_owned(), address: "localhost:5672".to_owned() };
        let words = Language::ALL.map(|language| detail(&login, language));
        assert_eq!(
            words,
            [
                "login failed for user guest at localhost:5672",
                "用户 guest 登录 localhost:5672 失败"
            ]
        );
        let own = Detail::broker_says("NO_ROUTE");
        assert!(Language::ALL.iter().all(|language| detail(&own, *language) == "NO_ROUTE"));
    }

    #[test]
    fn a_cause_inside_is_worded_in_the_same_language() {
        let cause = Box::new(Detail::ConnectionError { reply_code: 541, words: "x".to_owned() });
        let ends = Detail::QueueEndsConnection { queue: "q".to_owned(), cause };
        let words = detail(&ends, Language::Chinese);
        assert_eq!(words, "队列 q：它的某条消息或某个消费者会使连接中断（broker 返回错误 541 x）");
    }
}
