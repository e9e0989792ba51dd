// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// weft_bench_go: the cases of weft_bench that Go has the means for, on one core unless they say otherwise. bench/harness/rivals.hpp says how it
// is called; each case does the work of the one of the same name in bench/.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"
)

// What a loop has done and how long that took, set-up not included.
type sample struct {
	elapsed    time.Duration
	operations uint64
}

// A case has a loop, or measures by itself, or, with neither, is a server.
type benchCase struct {
	name    string
	note    string
	loop    func(operations uint64) sample
	measure func(quick bool) time.Duration
}

var cases = []benchCase{
	{name: "yield/2", loop: yieldInTurns(2)},
	{name: "yield/1000", loop: yieldInTurns(1000)},
	{name: "yield/10000", loop: yieldInTurns(10000)},
	{name: "spawn_join/1", loop: spawnAndJoin(1), note: "joined by a WaitGroup"},
	{name: "spawn_join/1000", loop: spawnAndJoin(1000), note: "joined by one WaitGroup"},
	{name: "skynet/post", measure: skynetPost, note: "parents wait by a WaitGroup"},
	{name: "skynet/stealing", measure: skynetOnTwoCores, note: "GOMAXPROCS=2"},
	{name: "scale/2_threads", loop: fanOutOnTwoCores, note: "GOMAXPROCS=2"},
	{name: "scale/echo", loop: echoOnTwoCores, note: "GOMAXPROCS=2"},
	{name: "group/1000", loop: groups, note: "a WaitGroup"},
	{name: "timer/arm_cancel", loop: armAndCancel, note: "Reset and Stop of a timer with a function, nobody waits"},
	{name: "sleep/100000", measure: sleepAtOnce, note: "joined by one WaitGroup"},
	{name: "wake/cross_thread", loop: wakeAcrossThreads, note: "goroutines locked to threads, on two cores"},
	{name: "mutex/uncontended", loop: lockAndUnlock, note: "sync.Mutex"},
	{name: "mutex/contended", loop: contend, note: "sync.Mutex hands over only after one has waited for 1 ms"},
	{name: "condition_variable/pingpong", loop: takeTurns, note: "sync.Cond"},
	{name: "queue/pingpong", loop: pingPong},
	{name: "queue/stream", loop: stream(1)},
	{name: "queue/mpmc", loop: stream(4)},
	{name: "channel/rendezvous", loop: rendezvous},
	{name: "future/roundtrip", loop: roundTrips, note: "a channel of 1 for each answer"},
	{name: "http/100", note: "net/http"},
	{name: "select/4", loop: selectOfFour},
}

// Where the second thread runs, if there is one.
var peerCore int

func run(which benchCase, howMuch string) (sample, error) {
	if which.measure != nil {
		if howMuch != "quick" && howMuch != "full" {
			return sample{}, fmt.Errorf("neither quick nor full: %s", howMuch)
		}
		return sample{which.measure(howMuch == "quick"), 1}, nil
	}
	operations, err := strconv.ParseUint(howMuch, 10, 64)
	if err != nil || operations == 0 {
		return sample{}, fmt.Errorf("not a number of operations: %s", howMuch)
	}
	which.loop(operations/16 + 1) // caches, branch predictors and the pages of the heap
	return which.loop(operations), nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "weft_bench_go:", err)
	os.Exit(2)
}

func main() {
	runtime.GOMAXPROCS(1)
	if len(os.Args) == 2 && os.Args[1] == "list" {
		for _, each := range cases {
			fmt.Println(each.name, each.note)
		}
		return
	}
	if len(os.Args) == 3 && os.Args[1] == "serve" && os.Args[2] == "http/100" {
		fail(serveHTTP())
	}
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: weft_bench_go list | serve http/100 | <case> <operations>|quick|full <peer core>"))
	}
	core, err := strconv.ParseUint(os.Args[3], 10, 16)
	if err != nil {
		fail(err)
	}
	peerCore = int(core)
	for _, each := range cases {
		if each.name == os.Args[1] {
			done, err := run(each, os.Args[2])
			if err != nil {
				fail(err)
			}
			fmt.Println(done.elapsed.Nanoseconds(), done.operations)
			return
		}
	}
	fail(fmt.Errorf("no case %s", os.Args[1]))
}
