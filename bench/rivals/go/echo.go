// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

package main

import (
	"io"
	"net"
	"sync"
	"time"
)

// Both ends of a TCP connection.
func connection() (client, server net.Conn) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	defer listener.Close()
	if client, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		fail(err)
	}
	if server, err = listener.Accept(); err != nil {
		fail(err)
	}
	return client, server
}

func echo(server net.Conn) {
	defer server.Close()
	data := make([]byte, 64)
	for {
		count, err := server.Read(data)
		if err != nil {
			return
		}
		if _, err := server.Write(data[:count]); err != nil {
			return
		}
	}
}

// bench/io/echo_on_workers.cpp; sockets have TCP_NODELAY in Go.
func echoOnTwoCores(operations uint64) sample {
	useBothCores()
	const connections = 32
	each := operations/connections + 1
	begin := make(chan struct{})
	var all sync.WaitGroup
	all.Add(connections)
	for i := 0; i < connections; i++ {
		client, server := connection()
		go echo(server)
		go func() {
			defer all.Done()
			defer client.Close()
			<-begin
			data := make([]byte, 64)
			for left := each; left != 0; left-- {
				if _, err := client.Write(data); err != nil {
					fail(err)
				}
				if _, err := io.ReadFull(client, data); err != nil {
					fail(err)
				}
			}
		}()
	}
	start := time.Now()
	close(begin)
	all.Wait()
	return sample{time.Since(start), each * connections}
}
