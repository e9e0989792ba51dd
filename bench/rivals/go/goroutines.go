// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

package main

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// bench/fiber/yield.cpp
func yieldInTurns(goroutines uint64) func(uint64) sample {
	return func(operations uint64) sample {
		watch := newRelayWatch(goroutines, operations)
		together(repeated(goroutines, func() {
			watch.arrive()
			watch.begin()
			for left := watch.each; left != 0; left-- {
				runtime.Gosched()
			}
			watch.end()
			runtime.Gosched()
		})...)
		return watch.result()
	}
}

// bench/fiber/spawn_join.cpp
func spawnAndJoin(batch uint64) func(uint64) sample {
	return func(operations uint64) sample {
		var all sync.WaitGroup
		return timeBatches(operations, batch, func() {
			for i := uint64(0); i < batch; i++ {
				all.Add(1)
				go all.Done()
			}
			all.Wait()
		})
	}
}

// bench/fiber/group.cpp
func groups(operations uint64) sample {
	const members = 1000
	return timeBatches(operations, members, func() {
		var group sync.WaitGroup
		for i := 0; i < members; i++ {
			group.Add(1)
			go group.Done()
		}
		group.Wait()
	})
}

// What this process has taken of it.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		fail(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// bench/fiber/sleep.cpp
func sleepAtOnce(bool) time.Duration {
	const sleepers = 100000
	const spread = 2500 * time.Nanosecond
	first := time.Now().Add(time.Second)
	before := processorTime()
	var all sync.WaitGroup
	all.Add(sleepers)
	for i := 0; i < sleepers; i++ {
		alarm := first.Add(time.Duration(i*7919%sleepers) * spread)
		go func() {
			time.Sleep(time.Until(alarm))
			all.Done()
		}()
	}
	all.Wait()
	return (processorTime() - before) / sleepers
}

// bench/fiber/skynet.cpp
func skynet(first, leaves uint64, sum *uint64) {
	if leaves == 1 {
		*sum = first
		return
	}
	const children = 10
	var parts [children]uint64
	var all sync.WaitGroup
	all.Add(children)
	share := leaves / children
	for i := uint64(0); i < children; i++ {
		go func(i uint64) {
			skynet(first+i*share, share, &parts[i])
			all.Done()
		}(i)
	}
	all.Wait()
	for _, part := range parts {
		*sum += part
	}
}

func skynetPost(quick bool) time.Duration {
	leaves := uint64(1000000)
	if quick {
		leaves = 100000
	}
	sum := uint64(0)
	start := time.Now()
	skynet(0, leaves, &sum)
	elapsed := time.Since(start)
	if sum != leaves*(leaves-1)/2 {
		fail(fmt.Errorf("wrong sum"))
	}
	return elapsed
}

// bench/fiber/timer.cpp. A timer with a function is among the pending ones in each version of Go; one with a channel,
// since 1.23, only while somebody waits for it.
func armAndCancel(operations uint64) sample {
	const pendingTimers = 100000
	const usualLimit = 60 * time.Second
	nothing := func() {}
	var pending []*time.Timer
	for i := 0; i < pendingTimers; i++ {
		limit := usualLimit/2 + time.Duration(i)*usualLimit/pendingTimers
		pending = append(pending, time.AfterFunc(limit, nothing))
	}
	timer := time.AfterFunc(usualLimit, nothing)
	timer.Stop()
	result := timeLoop(operations, func() {
		timer.Reset(usualLimit)
		timer.Stop()
	})
	for _, each := range pending {
		each.Stop()
	}
	return result
}

func pinThread(core int) {
	var wanted [1024 / 64]uint64
	wanted[core/64] = 1 << (core % 64)
	_, _, code := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(wanted),
		uintptr(unsafe.Pointer(&wanted)))
	if code != 0 {
		fail(code)
	}
}

// bench/fiber/wake.cpp
func wakeAcrossThreads(operations uint64) sample {
	runtime.GOMAXPROCS(2)
	ping := make(chan struct{}, 1)
	pong := make(chan struct{}, 1)
	var result sample
	together(func() {
		runtime.LockOSThread() // and never unlocked: the thread, which is pinned now, ends with its goroutine
		pinThread(peerCore)
		for left := operations + 1; left != 0; left-- {
			<-ping
			pong <- struct{}{}
		}
	}, func() {
		runtime.LockOSThread()
		roundTrip := func() {
			ping <- struct{}{}
			<-pong
		}
		roundTrip()
		result = timeLoop(operations, roundTrip)
	})
	runtime.GOMAXPROCS(1)
	return result
}
