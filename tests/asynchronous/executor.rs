//! An executor of one thread with timers, in sixty lines: whatever a future needs beyond
//! the standard library would be missing here.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// What waits for a time, whoever runs it.
static TIMERS: Mutex<Vec<(Instant, Waker)>> = Mutex::new(Vec::new());

/// The tasks, and the numbers of those that can go on.
#[derive(Default)]
pub(super) struct Executor {
    tasks: Vec<Option<Task>>,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

struct TaskWaker(usize, Arc<Mutex<VecDeque<usize>>>);

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.1.lock().unwrap().push_back(self.0);
    }
}

impl Executor {
    pub(super) fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        self.ready.lock().unwrap().push_back(self.tasks.len());
        self.tasks.push(Some(Box::pin(future)));
    }

    /// Runs all tasks to their end.
    pub(super) fn run(&mut self) {
        while self.tasks.iter().any(Option::is_some) {
            let next = self.ready.lock().unwrap().pop_front();
            let Some(number) = next else {
                wake_sleepers();
                continue;
            };
            let Some(task) = &mut self.tasks[number] else { continue };
            let waker = Waker::from(Arc::new(TaskWaker(number, Arc::clone(&self.ready))));
            if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                self.tasks[number] = None;
            }
        }
    }
}

/// Wakes those whose time has come.
fn wake_sleepers() {
    std::thread::sleep(Duration::from_millis(1));
    let now = Instant::now();
    let mut timers = TIMERS.lock().unwrap();
    let due: Vec<_> = timers.extract_if(.., |(at, _)| *at <= now).collect();
    drop(timers);
    due.into_iter().for_each(|(_, waker)| waker.wake());
}

/// Waits so long.
pub(super) fn sleep(time: Duration) -> Sleep {
    Sleep(Instant::now() + time)
}

/// A time to wait for.
pub(super) struct Sleep(Instant);

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, wake: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.0 {
            return Poll::Ready(());
        }
        TIMERS.lock().unwrap().push((self.0, wake.waker().clone()));
        Poll::Pending
    }
}
