// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

package main

import (
	"io"
	"net"
	"net/http"
	"os"
)

// Serves the listening socket that the harness has left as descriptor 3, until the process is killed.
func serveHTTP() error {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		return err
	}
	return http.Serve(listener, http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "text/plain")
		io.WriteString(answer, "Hello, world!\n")
	}))
}
