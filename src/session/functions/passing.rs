//! The way of an answer past the policy that has let its call through.

use super::contained::contained;
use super::future::HostFuture;
use super::host_context::HostCx;
use super::reply::Reply;
use super::ticket::Ticket;
use crate::session::values::admission::panicked;
use crate::session::values::convert::host_bytes;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::{HostValue, walkable};
use std::task::Poll;

impl Ticket {
    /// Charges for the policy's look at a result.
    fn charge(&self, cx: &mut HostCx<'_>, values: &[HostValue]) -> Result<(), HostError> {
        match self.policy.bytes_per_unit() {
            Some(bytes) => {
                let size = values.iter().map(host_bytes).sum::<u64>().min(self.limit);
                cx.charge(size / bytes.max(1))
            }
            None => Ok(()),
        }
    }

    /// Has the answer of a call pass the policy, now or when it is there.
    pub(in crate::session) fn pass(
        self,
        cx: &mut HostCx<'_>,
        reply: Option<Result<Reply, HostError>>,
    ) -> Result<Reply, HostError> {
        let reply = match reply {
            Some(Ok(reply)) => reply,
            Some(Err(error)) => return self.settle(Err(error)).map(Reply::Now),
            None => {
                let error = panicked(&self.name);
                return self.settle(Err(error)).map(Reply::Now);
            }
        };
        Ok(match reply {
            Reply::Now(values) => {
                let walkable = walkable(values).ok_or_else(HostError::too_deep);
                let paid = walkable.and_then(|values| {
                    self.charge(cx, &values)?;
                    Ok(values)
                });
                Reply::Now(self.settle(paid)?)
            }
            Reply::Later => {
                cx.ticket = Some(self);
                Reply::Later
            }
            Reply::Future(mut future) => {
                let name = self.name.clone();
                let mut ticket = Some(self);
                let watched = std::future::poll_fn(move |cx| match future.poll(&name, cx) {
                    Poll::Ready(answer) => Poll::Ready(match ticket.take() {
                        Some(ticket) => ticket.settle(answer),
                        None => answer,
                    }),
                    Poll::Pending => Poll::Pending,
                });
                Reply::Future(HostFuture::new(watched))
            }
            Reply::CallLua { function, args, then } => Reply::CallLua {
                function,
                args,
                then: Box::new(move |cx, results| {
                    let reply = contained(|| then(cx, results));
                    self.pass(cx, reply)
                }),
            },
        })
    }
}
