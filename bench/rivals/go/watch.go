// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

func timeLoop(operations uint64, body func()) sample {
	start := time.Now()
	for i := uint64(0); i < operations; i++ {
		body()
	}
	return sample{time.Since(start), operations}
}

// The same for a body that does a batch of operations at a time. It is called once beforehand.
func timeBatches(operations, batch uint64, body func()) sample {
	body()
	done := timeLoop((operations+batch-1)/batch, body)
	done.operations *= batch
	return done
}

// relayWatch times from the first of several goroutines that begins to the last one that ends.
type relayWatch struct {
	runners uint64
	each    uint64
	arrived int64
	running int64
	begun   sync.Once
	start   time.Time
	elapsed time.Duration
}

func newRelayWatch(runners, operations uint64) *relayWatch {
	each := operations / runners
	if each < 16 {
		each = 16
	}
	return &relayWatch{runners: runners, each: each, running: int64(runners)}
}

// Lets the others run until all have come here. Goroutines run in no certain order, so one yield would not be enough.
func (w *relayWatch) arrive() {
	atomic.AddInt64(&w.arrived, 1)
	for atomic.LoadInt64(&w.arrived) != int64(w.runners) {
		runtime.Gosched()
	}
}

func (w *relayWatch) begin() {
	w.begun.Do(func() { w.start = time.Now() })
}

func (w *relayWatch) end() {
	if atomic.AddInt64(&w.running, -1) == 0 {
		w.elapsed = time.Since(w.start)
	}
}

func (w *relayWatch) result() sample {
	return sample{w.elapsed, w.each * w.runners}
}

// Runs all of them as goroutines and waits for their end.
func together(bodies ...func()) {
	var all sync.WaitGroup
	all.Add(len(bodies))
	for _, each := range bodies {
		body := each
		go func() {
			defer all.Done()
			body()
		}()
	}
	all.Wait()
}

func repeated(count uint64, body func()) []func() {
	var all []func()
	for ; count != 0; count-- {
		all = append(all, body)
	}
	return all
}
