// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

use crate::watch::{join_all, on_runtime, RelayWatch, Sample};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot, Mutex, Notify};
use tokio::task::yield_now;

// bench/sync/mutex.cpp
pub fn lock_and_unlock(operations: u64) -> Sample {
    on_runtime(async move {
        let mutex = Mutex::new(());
        let start = Instant::now();
        for _ in 0..operations {
            drop(mutex.lock().await);
        }
        Sample::since(start, operations)
    })
}

pub fn contend(operations: u64) -> Sample {
    const RIVALS: u64 = 10;
    on_runtime(async move {
        let watch = RelayWatch::new(RIVALS, operations);
        let mutex = Arc::new(Mutex::new(()));
        let mut all = Vec::new();
        for _ in 0..RIVALS {
            let (watch, mutex) = (Arc::clone(&watch), Arc::clone(&mutex));
            all.push(tokio::spawn(async move {
                watch.begin();
                for _ in 0..watch.each {
                    let _guard = mutex.lock().await;
                    yield_now().await;
                }
                watch.end();
            }));
        }
        join_all(all).await;
        watch.result()
    })
}

// bench/sync/condition_variable.cpp
struct Game {
    turn: Mutex<bool>,
    changed: Notify,
}

impl Game {
    async fn play(&self, mine: bool) {
        loop {
            {
                let mut turn = self.turn.lock().await;
                if *turn == mine {
                    *turn = !mine;
                    self.changed.notify_one();
                    return;
                }
            }
            // A notification in between is kept.
            self.changed.notified().await;
        }
    }
}

pub fn take_turns(operations: u64) -> Sample {
    on_runtime(async move {
        let table = Arc::new(Game { turn: Mutex::new(false), changed: Notify::new() });
        let there = Arc::clone(&table);
        let first = tokio::spawn(async move {
            table.play(false).await;
            let start = Instant::now();
            for _ in 0..operations {
                table.play(false).await;
            }
            Sample::since(start, operations)
        });
        let second = tokio::spawn(async move {
            for _ in 0..=operations {
                there.play(true).await;
            }
        });
        let result = first.await.unwrap();
        second.await.unwrap();
        result
    })
}

// bench/sync/queue.cpp
pub fn ping_pong(operations: u64) -> Sample {
    on_runtime(async move {
        let watch = RelayWatch::new(1, operations);
        let (there, mut from_there) = mpsc::channel::<u64>(2);
        let (back, mut from_back) = mpsc::channel::<u64>(2);
        let each = watch.each;
        let other = tokio::spawn(async move {
            for _ in 0..each {
                back.send(from_there.recv().await.unwrap()).await.unwrap();
            }
        });
        let timed = Arc::clone(&watch);
        let first = tokio::spawn(async move {
            timed.begin();
            for left in 0..each {
                there.send(left).await.unwrap();
                from_back.recv().await.unwrap();
            }
            timed.end();
        });
        join_all(vec![other, first]).await;
        watch.result()
    })
}

pub fn stream(operations: u64) -> Sample {
    on_runtime(async move {
        let watch = RelayWatch::new(1, operations);
        let (sender, mut receiver) = mpsc::channel::<u64>(128);
        let (begins, ends) = (Arc::clone(&watch), Arc::clone(&watch));
        let putter = tokio::spawn(async move {
            begins.begin();
            for left in 0..begins.each {
                sender.send(left).await.unwrap();
            }
        });
        let taker = tokio::spawn(async move {
            for _ in 0..ends.each {
                receiver.recv().await.unwrap();
            }
            ends.end();
        });
        join_all(vec![putter, taker]).await;
        watch.result()
    })
}

// bench/sync/future.cpp
struct Request(oneshot::Sender<Answer>);

struct Answer {
    value: i32,
    next: oneshot::Sender<Request>,
}

pub fn round_trips(operations: u64) -> Sample {
    async fn round_trip(request: oneshot::Sender<Request>) -> oneshot::Sender<Request> {
        let (answer, answered) = oneshot::channel();
        request.send(Request(answer)).ok().unwrap();
        let answer = answered.await.unwrap();
        assert_eq!(answer.value, 1);
        answer.next
    }
    on_runtime(async move {
        let (mut request, mut asked) = oneshot::channel::<Request>();
        let other = tokio::spawn(async move {
            for _ in 0..=operations {
                let Request(answer) = asked.await.unwrap();
                let (next, next_asked) = oneshot::channel();
                asked = next_asked;
                answer.send(Answer { value: 1, next }).ok().unwrap();
            }
        });
        request = round_trip(request).await; // both are there from now on
        let start = Instant::now();
        for _ in 0..operations {
            request = round_trip(request).await;
        }
        let result = Sample::since(start, operations);
        other.await.unwrap();
        result
    })
}

// bench/sync/select.cpp
pub fn select_of_four(operations: u64) -> Sample {
    on_runtime(async move {
        let watch = RelayWatch::new(1, operations);
        let (begins, ends) = (Arc::clone(&watch), Arc::clone(&watch));
        let (a, mut from_a) = mpsc::channel::<u64>(1);
        let (b, mut from_b) = mpsc::channel::<u64>(1);
        let (c, mut from_c) = mpsc::channel::<u64>(1);
        let (d, mut from_d) = mpsc::channel::<u64>(1);
        let putter = tokio::spawn(async move {
            let to = [a, b, c, d];
            begins.begin();
            for left in 0..begins.each {
                to[(left % 4) as usize].send(left).await.unwrap();
            }
        });
        let taker = tokio::spawn(async move {
            let mut sum = 0;
            for _ in 0..ends.each {
                sum += tokio::select! {
                    Some(item) = from_a.recv() => item,
                    Some(item) = from_b.recv() => item,
                    Some(item) = from_c.recv() => item,
                    Some(item) = from_d.recv() => item,
                    else => unreachable!(),
                };
            }
            ends.end();
            assert_eq!(sum, ends.each * (ends.each - 1) / 2);
        });
        join_all(vec![putter, taker]).await;
        watch.result()
    })
}
