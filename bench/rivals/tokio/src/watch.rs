// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

/// What a loop has done and how long that took, set-up not included.
pub struct Sample {
    pub elapsed: Duration,
    pub operations: u64,
}

impl Sample {
    pub fn since(start: Instant, operations: u64) -> Self {
        Self { elapsed: start.elapsed(), operations }
    }
}

/// Runs it as a task: the future that is given to block_on itself is woken at a higher price. Without the drivers of
/// I/O and time, which are looked at each time when no task is ready.
pub fn on_runtime<T: Send + 'static>(body: impl Future<Output = T> + Send + 'static) -> T {
    run_on(Builder::new_current_thread(), body)
}

pub fn on_runtime_with_time<T: Send + 'static>(body: impl Future<Output = T> + Send + 'static) -> T {
    let mut builder = Builder::new_current_thread();
    builder.enable_time();
    run_on(builder, body)
}

/// `begins` is called first in each of them.
pub fn on_two_threads<T: Send + 'static>(begins: fn(), body: impl Future<Output = T> + Send + 'static) -> T {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).on_thread_start(begins);
    run_on(builder, body)
}

fn run_on<T: Send + 'static>(mut builder: Builder, body: impl Future<Output = T> + Send + 'static) -> T {
    let runtime = builder.build().expect("a runtime");
    runtime.block_on(async { tokio::spawn(body).await.expect("a result") })
}

/// Times from the first of several tasks that begins to the last one that ends.
pub struct RelayWatch {
    runners: u64,
    pub each: u64,
    running: AtomicU64,
    start: Mutex<Option<Instant>>,
    elapsed: Mutex<Duration>,
}

impl RelayWatch {
    pub fn new(runners: u64, operations: u64) -> Arc<Self> {
        Arc::new(Self {
            runners,
            each: (operations / runners).max(16),
            running: AtomicU64::new(runners),
            start: Mutex::new(None),
            elapsed: Mutex::new(Duration::ZERO),
        })
    }

    pub fn begin(&self) {
        self.start.lock().unwrap().get_or_insert_with(Instant::now);
    }

    pub fn end(&self) {
        if self.running.fetch_sub(1, Ordering::AcqRel) == 1 {
            *self.elapsed.lock().unwrap() = self.start.lock().unwrap().expect("begun").elapsed();
        }
    }

    pub fn result(&self) -> Sample {
        Sample { elapsed: *self.elapsed.lock().unwrap(), operations: self.each * self.runners }
    }
}

/// Waits for all of them.
pub async fn join_all(all: Vec<tokio::task::JoinHandle<()>>) {
    for each in all {
        each.await.expect("a task that ends well");
    }
}
