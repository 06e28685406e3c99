// SPDX-License-Identifier: Apache-2.0

// Runs a hook program as KubeVirt's sidecar-shim does from 1.3 on: standard error is a pipe that a goroutine reads
// line by line, and that os/exec closes as soon as the program has ended, read or not.
//
//	shim ROUNDS DELAY PROGRAM ARGUMENT...
//
// DELAY is how long the reader waits before it begins ("0s", "20ms"), or "never". For each round one line of JSON:
// status, the lines read, the bytes of standard output, and the milliseconds that the program took.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"
	"os/exec"
	"strconv"
	"time"
)

type round struct {
	Status int      `json:"status"`
	Lines  []string `json:"lines"`
	Output int      `json:"output"`
	Millis int64    `json:"millis"`
}

func run(delay string, argv []string) round {
	command := exec.Command(argv[0], argv[1:]...)
	reader, err := command.StderrPipe()
	if err != nil {
		log.Fatal(err)
	}
	result := round{Lines: []string{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if delay == "never" {
			return
		}
		pause, err := time.ParseDuration(delay)
		if err != nil {
			log.Fatal(err)
		}
		time.Sleep(pause)
		scanner := bufio.NewScanner(reader)
		scanner.Buffer(make([]byte, 1024), 512*1024)
		for scanner.Scan() {
			result.Lines = append(result.Lines, scanner.Text())
		}
	}()
	begin := time.Now()
	output, err := command.Output()
	result.Millis = time.Since(begin).Milliseconds()
	<-done
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		log.Fatal(err)
	}
	result.Status, result.Output = command.ProcessState.ExitCode(), len(output)
	return result
}

func main() {
	rounds, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	told := json.NewEncoder(os.Stdout)
	for i := 0; i < rounds; i++ {
		if err := told.Encode(run(os.Args[2], os.Args[3:])); err != nil {
			log.Fatal(err)
		}
	}
}
