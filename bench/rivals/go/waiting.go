// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

package main

import (
	"runtime"
	"sync"
)

// bench/sync/mutex.cpp
func lockAndUnlock(operations uint64) sample {
	var mutex sync.Mutex
	return timeLoop(operations, func() {
		mutex.Lock()
		mutex.Unlock() //lint:ignore SA2001 that is the case
	})
}

func contend(operations uint64) sample {
	const rivals = 10
	watch := newRelayWatch(rivals, operations)
	var mutex sync.Mutex
	together(repeated(rivals, func() {
		watch.begin()
		for left := watch.each; left != 0; left-- {
			mutex.Lock()
			runtime.Gosched()
			mutex.Unlock()
		}
		watch.end()
	})...)
	return watch.result()
}

// bench/sync/condition_variable.cpp
type game struct {
	mutex   sync.Mutex
	changed sync.Cond
	turn    bool
}

func (g *game) play(mine bool) {
	g.mutex.Lock()
	for g.turn != mine {
		g.changed.Wait()
	}
	g.turn = !mine
	g.changed.Signal()
	g.mutex.Unlock()
}

func takeTurns(operations uint64) sample {
	var table game
	table.changed.L = &table.mutex
	var result sample
	together(func() {
		table.play(false)
		result = timeLoop(operations, func() { table.play(false) })
	}, func() {
		for left := operations + 1; left != 0; left-- {
			table.play(true)
		}
	})
	return result
}

// bench/sync/queue.cpp
func pingPong(operations uint64) sample {
	watch := newRelayWatch(1, operations)
	there := make(chan uint64, 2)
	back := make(chan uint64, 2)
	together(func() {
		for left := watch.each; left != 0; left-- {
			back <- <-there
		}
	}, func() {
		watch.begin()
		for left := watch.each; left != 0; left-- {
			there <- left
			<-back
		}
		watch.end()
	})
	return watch.result()
}

func putAndTake(watch *relayWatch, queue chan uint64) (put, take func()) {
	put = func() {
		watch.begin()
		for left := watch.each; left != 0; left-- {
			queue <- left
		}
	}
	take = func() {
		for left := watch.each; left != 0; left-- {
			<-queue
		}
		watch.end()
	}
	return
}

func stream(pairs uint64) func(uint64) sample {
	return func(operations uint64) sample {
		watch := newRelayWatch(pairs, operations)
		put, take := putAndTake(watch, make(chan uint64, 128))
		var all []func()
		for i := uint64(0); i < pairs; i++ {
			all = append(all, put, take)
		}
		together(all...)
		return watch.result()
	}
}

// bench/sync/channel.cpp
func rendezvous(operations uint64) sample {
	watch := newRelayWatch(1, operations)
	together(putAndTake(watch, make(chan uint64)))
	return watch.result()
}

// bench/sync/future.cpp
func roundTrips(operations uint64) sample {
	type promise chan int
	request := make(chan promise, 1)
	next := request // written before the answer, read after it
	var result sample
	together(func() {
		asked := request
		for left := operations + 1; left != 0; left-- {
			answer := <-asked
			asked = make(chan promise, 1)
			next = asked
			answer <- 1
		}
	}, func() {
		ask := request
		roundTrip := func() {
			answer := make(promise, 1)
			ask <- answer
			<-answer
			ask = next
		}
		roundTrip()
		result = timeLoop(operations, roundTrip)
	})
	return result
}

// bench/sync/select.cpp
func selectOfFour(operations uint64) sample {
	watch := newRelayWatch(1, operations)
	var from [4]chan uint64
	for i := range from {
		from[i] = make(chan uint64)
	}
	sum := uint64(0)
	together(func() {
		watch.begin()
		for left := watch.each; left != 0; left-- {
			from[left%4] <- left
		}
	}, func() {
		for left := watch.each; left != 0; left-- {
			select {
			case item := <-from[0]:
				sum += item
			case item := <-from[1]:
				sum += item
			case item := <-from[2]:
				sum += item
			case item := <-from[3]:
				sum += item
			}
		}
		watch.end()
	})
	return watch.result()
}
