// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

package main

import (
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

type coreSet [1024 / 64]uint64

func affinity(call uintptr, thread int, cores *coreSet) {
	_, _, code := syscall.RawSyscall(call, uintptr(thread), unsafe.Sizeof(*cores), uintptr(unsafe.Pointer(cores)))
	if code != 0 && code != syscall.ESRCH {
		fail(code)
	}
}

// This process was started on one core. Threads that are made later have what their makers have.
func useBothCores() {
	var cores coreSet
	affinity(syscall.SYS_SCHED_GETAFFINITY, 0, &cores)
	cores[peerCore/64] |= 1 << (peerCore % 64)
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		fail(err)
	}
	for _, each := range threads {
		thread, err := strconv.Atoi(each.Name())
		if err != nil {
			fail(err)
		}
		affinity(syscall.SYS_SCHED_SETAFFINITY, thread, &cores)
	}
	runtime.GOMAXPROCS(2)
}

func skynetOnTwoCores(quick bool) time.Duration {
	useBothCores()
	return skynetPost(quick)
}

var computed uint64

// bench/fiber/scale.cpp
func compute() uint64 {
	state := uint64(88172645463325252)
	for i := 0; i < 10000; i++ {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
	}
	return state
}

func fanOutOnTwoCores(operations uint64) sample {
	useBothCores()
	var all sync.WaitGroup
	all.Add(int(operations))
	start := time.Now()
	for i := uint64(0); i < operations; i++ {
		go func() {
			if compute() == 0 {
				computed++ // never, which the compiler does not know
			}
			all.Done()
		}()
	}
	all.Wait()
	return sample{time.Since(start), operations}
}
