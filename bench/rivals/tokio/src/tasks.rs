// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

use crate::watch::{join_all, on_runtime, on_runtime_with_time, on_two_threads, RelayWatch, Sample};
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::{unconstrained, yield_now, JoinHandle, JoinSet};
use tokio::time::{sleep, sleep_until, Sleep};

// bench/fiber/yield.cpp
pub fn yield_in_turns(tasks: u64, operations: u64) -> Sample {
    on_runtime(async move {
        let watch = RelayWatch::new(tasks, operations);
        let mut all = Vec::new();
        for _ in 0..tasks {
            let watch = Arc::clone(&watch);
            all.push(tokio::spawn(async move {
                yield_now().await;
                watch.begin();
                for _ in 0..watch.each {
                    yield_now().await;
                }
                watch.end();
                yield_now().await;
            }));
        }
        all.reverse(); // the last one first: this task is woken once only
        join_all(all).await;
        watch.result()
    })
}

// bench/fiber/spawn_join.cpp
pub fn spawn_and_join(batch: u64, operations: u64) -> Sample {
    async fn once(all: &mut Vec<JoinHandle<()>>, batch: u64) {
        for _ in 0..batch {
            all.push(tokio::spawn(async {}));
        }
        for each in all.drain(..) {
            each.await.unwrap();
        }
    }
    on_runtime(async move {
        let mut all = Vec::new();
        once(&mut all, batch).await;
        let batches = (operations + batch - 1) / batch;
        let start = Instant::now();
        for _ in 0..batches {
            once(&mut all, batch).await;
        }
        Sample::since(start, batches * batch)
    })
}

// bench/fiber/group.cpp
pub fn groups(operations: u64) -> Sample {
    const MEMBERS: u64 = 1000;
    async fn scope() {
        let mut group = JoinSet::new();
        for _ in 0..MEMBERS {
            group.spawn(async {});
        }
        while group.join_next().await.is_some() {}
    }
    on_runtime(async move {
        scope().await;
        let scopes = (operations + MEMBERS - 1) / MEMBERS;
        let start = Instant::now();
        for _ in 0..scopes {
            scope().await;
        }
        Sample::since(start, scopes * MEMBERS)
    })
}

// bench/fiber/skynet.cpp
fn skynet(first: u64, leaves: u64) -> JoinHandle<u64> {
    tokio::spawn(async move {
        if leaves == 1 {
            return first;
        }
        let share = leaves / 10;
        let children = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(|i| skynet(first + i * share, share));
        let mut sum = 0;
        for each in children {
            sum += each.await.unwrap();
        }
        sum
    })
}

async fn time_of_skynet(quick: bool) -> Duration {
    let leaves = if quick { 100_000 } else { 1_000_000 };
    let start = Instant::now();
    let sum = skynet(0, leaves).await.unwrap();
    let elapsed = start.elapsed();
    assert_eq!(sum, leaves * (leaves - 1) / 2);
    elapsed
}

pub fn skynet_post(quick: bool) -> Duration {
    on_runtime(time_of_skynet(quick))
}

pub fn skynet_stealing(quick: bool) -> Duration {
    on_two_threads(use_both_cores, time_of_skynet(quick))
}

// bench/fiber/scale.cpp
fn compute() -> u64 {
    let mut state: u64 = 88_172_645_463_325_252;
    for _ in 0..10_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    state
}

pub fn fan_out(operations: u64) -> Sample {
    on_two_threads(use_both_cores, async move {
        let start = Instant::now();
        let mut all = Vec::new();
        for _ in 0..operations {
            all.push(tokio::spawn(async {
                black_box(compute());
            }));
        }
        join_all(all).await;
        Sample::since(start, operations)
    })
}

/// A timer is armed when it is first polled.
struct Arm<'a>(Pin<&'a mut Sleep>);

impl Future for Arm<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        assert!(self.0.as_mut().poll(context).is_pending());
        Poll::Ready(())
    }
}

// bench/fiber/timer.cpp. Unconstrained: a task that has used up its budget would find the timer pending, but not armed.
pub fn arm_and_cancel(operations: u64) -> Sample {
    const PENDING_TIMERS: u32 = 100_000;
    const USUAL_LIMIT: Duration = Duration::from_secs(60);
    on_runtime_with_time(unconstrained(async move {
        let mut pending = Vec::new();
        for i in 0..PENDING_TIMERS {
            let mut timer = Box::pin(sleep(USUAL_LIMIT / 2 + USUAL_LIMIT * i / PENDING_TIMERS));
            Arm(timer.as_mut()).await;
            pending.push(timer);
        }
        let start = Instant::now();
        for _ in 0..operations {
            let timer = sleep(USUAL_LIMIT);
            tokio::pin!(timer);
            Arm(timer).await;
        }
        Sample::since(start, operations)
    }))
}

#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

/// What this thread has taken of it.
fn processor_time() -> Duration {
    const CLOCK_THREAD_CPUTIME_ID: i32 = 3;
    let mut used = Timespec { seconds: 0, nanoseconds: 0 };
    unsafe { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &mut used) };
    Duration::new(used.seconds as u64, used.nanoseconds as u32)
}

// bench/fiber/sleep.cpp
pub fn sleep_at_once(_: bool) -> Duration {
    const SLEEPERS: u32 = 100_000;
    const SPREAD: Duration = Duration::from_nanos(2500);
    on_runtime_with_time(async {
        let first = tokio::time::Instant::now() + Duration::from_secs(1);
        let before = processor_time();
        let all = (0..u64::from(SLEEPERS)).map(|i| {
            let place = i * 7919 % u64::from(SLEEPERS);
            tokio::spawn(sleep_until(first + SPREAD * place as u32))
        });
        join_all(all.collect()).await;
        (processor_time() - before) / SLEEPERS
    })
}

extern "C" {
    fn clock_gettime(which: i32, time: *mut Timespec) -> i32;
    fn sched_getaffinity(thread: i32, size: usize, cores: *mut u64) -> i32;
    fn sched_setaffinity(thread: i32, size: usize, cores: *const u64) -> i32;
}

static PEER_CORE: AtomicUsize = AtomicUsize::new(0);

/// Where the second thread runs, if there is one.
pub fn set_peer_core(core: usize) {
    PEER_CORE.store(core, Ordering::Relaxed);
}

fn pin_to_peer_core() {
    let core = PEER_CORE.load(Ordering::Relaxed);
    let mut wanted = [0u64; 1024 / 64];
    wanted[core / 64] = 1 << (core % 64);
    // SAFETY: the C library's function reads that many bytes.
    let status = unsafe { sched_setaffinity(0, std::mem::size_of_val(&wanted), wanted.as_ptr()) };
    assert_eq!(status, 0);
}

/// A thread begins where the one that makes it is.
fn use_both_cores() {
    let core = PEER_CORE.load(Ordering::Relaxed);
    let mut wanted = [0u64; 1024 / 64];
    // SAFETY: the C library's functions read and write that many bytes.
    unsafe {
        assert!(sched_getaffinity(0, std::mem::size_of_val(&wanted), wanted.as_mut_ptr()) >= 0);
        wanted[core / 64] |= 1 << (core % 64);
        assert_eq!(sched_setaffinity(0, std::mem::size_of_val(&wanted), wanted.as_ptr()), 0);
    }
}

// bench/fiber/wake.cpp
pub fn wake_across_threads(operations: u64) -> Sample {
    let ping = Arc::new(Notify::new());
    let pong = Arc::new(Notify::new());
    let (asked, answered) = (Arc::clone(&ping), Arc::clone(&pong));
    let other = std::thread::spawn(move || {
        pin_to_peer_core();
        on_runtime(async move {
            for _ in 0..=operations {
                asked.notified().await;
                answered.notify_one();
            }
        });
    });
    let result = on_runtime(async move {
        ping.notify_one();
        pong.notified().await;
        let start = Instant::now();
        for _ in 0..operations {
            ping.notify_one();
            pong.notified().await;
        }
        Sample::since(start, operations)
    });
    other.join().unwrap();
    result
}
