// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

//! weft_bench_tokio: the cases of weft_bench that tokio has the means for, on one core, with a runtime for the current
//! thread, unless they say otherwise. bench/harness/rivals.hpp says how it is called; each case does the work of its namesake in bench/.

mod tasks;
mod waiting;
mod watch;

use std::time::Duration;
use watch::Sample;

/// Has a loop of so many operations, or measures by itself, quickly or in full.
enum Body {
    Loop(fn(u64) -> Sample),
    Measure(fn(bool) -> Duration),
}
use Body::{Loop, Measure};

/// Name, body, note.
type Case = (&'static str, Body, &'static str);

const CASES: &[Case] = &[
    ("yield/2", Loop(|n| tasks::yield_in_turns(2, n)), ""),
    ("yield/1000", Loop(|n| tasks::yield_in_turns(1000, n)), ""),
    ("yield/10000", Loop(|n| tasks::yield_in_turns(10000, n)), ""),
    ("spawn_join/1", Loop(|n| tasks::spawn_and_join(1, n)), ""),
    ("spawn_join/1000", Loop(|n| tasks::spawn_and_join(1000, n)), ""),
    ("skynet/post", Measure(tasks::skynet_post), ""),
    ("skynet/stealing", Measure(tasks::skynet_stealing), "its multi-thread runtime with two workers"),
    ("scale/2_threads", Loop(tasks::fan_out), "its multi-thread runtime with two workers"),
    ("group/1000", Loop(tasks::groups), "a JoinSet"),
    ("timer/arm_cancel", Loop(tasks::arm_and_cancel), "a Sleep that is polled once and dropped"),
    ("sleep/100000", Measure(tasks::sleep_at_once), "its timers tick every millisecond"),
    ("wake/cross_thread", Loop(tasks::wake_across_threads), "a runtime on each of two threads, Notify"),
    ("mutex/uncontended", Loop(waiting::lock_and_unlock), "tokio::sync::Mutex"),
    ("mutex/contended", Loop(waiting::contend), "tokio::sync::Mutex"),
    ("condition_variable/pingpong", Loop(waiting::take_turns), "has none: a Mutex and a Notify"),
    ("queue/pingpong", Loop(waiting::ping_pong), "mpsc"),
    ("queue/stream", Loop(waiting::stream), "mpsc"),
    ("future/roundtrip", Loop(waiting::round_trips), "oneshot"),
    ("select/4", Loop(waiting::select_of_four), "mpsc of 1, as it has no rendezvous"),
];

fn run(body: &Body, how_much: &str) -> Result<Sample, String> {
    match body {
        Measure(measure) => {
            if how_much != "quick" && how_much != "full" {
                return Err(format!("neither quick nor full: {how_much}"));
            }
            let elapsed = measure(how_much == "quick");
            Ok(Sample { elapsed, operations: 1 })
        }
        Loop(body) => match how_much.parse() {
            Err(_) | Ok(0) => Err(format!("not a number of operations: {how_much}")),
            Ok(operations) => {
                body(operations / 16 + 1); // caches, branch predictors and the pages of the heap
                Ok(body(operations))
            }
        },
    }
}

fn answer(arguments: &[&str]) -> Result<(), String> {
    match arguments {
        ["list"] => {
            for (name, _, note) in CASES {
                println!("{name} {note}");
            }
        }
        [name, how_much, peer_core] => {
            tasks::set_peer_core(peer_core.parse().map_err(|_| format!("not a core: {peer_core}"))?);
            let which = CASES.iter().find(|each| each.0 == *name);
            let (_, body, _) = which.ok_or_else(|| format!("no case {name}"))?;
            let done = run(body, how_much)?;
            println!("{} {}", done.elapsed.as_nanos(), done.operations);
        }
        _ => return Err("usage: weft_bench_tokio list | <case> <operations>|quick|full <peer core>".into()),
    }
    Ok(())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let Err(message) = answer(&arguments) {
        eprintln!("weft_bench_tokio: {message}");
        std::process::exit(2);
    }
}
