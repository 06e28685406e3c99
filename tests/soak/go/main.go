// SPDX-License-Identifier: Apache-2.0

// A client of the soak, led by soak.py: a line "COUNT" on standard input makes
// so many calls, and is answered by a line of JSON that says how they ended.
// Arguments: the index of cases, a seed, a number of workers, sockets.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"math/rand"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
)

type testCase struct {
	Name, Path, Message, Answer, Text string
	Code                              uint32
	Weight                            int
	Sure, Gzip                        bool
	message, answer                   []byte
}

// A set to draw cases from: first each once, then by their weights.
type drawer struct {
	cases []*testCase
	upTo  []int
	drawn int64
}

func (d *drawer) add(c *testCase) {
	total := c.Weight
	if len(d.upTo) > 0 {
		total += d.upTo[len(d.upTo)-1]
	}
	d.cases = append(d.cases, c)
	d.upTo = append(d.upTo, total)
}

func (d *drawer) draw(random *rand.Rand) *testCase {
	if drawn := atomic.AddInt64(&d.drawn, 1); drawn <= int64(len(d.cases)) {
		return d.cases[drawn-1]
	}
	number := random.Intn(d.upTo[len(d.upTo)-1])
	for i, upTo := range d.upTo {
		if number < upTo {
			return d.cases[i]
		}
	}
	panic("more than all weights")
}

func content(path string) []byte {
	bytes, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	return bytes
}

func readCases(path string) (sure, unsure drawer) {
	var cases []*testCase
	if err := json.Unmarshal(content(path), &cases); err != nil {
		log.Fatal(err)
	}
	for _, c := range cases {
		c.message, c.answer = content(c.Message), content(c.Answer)
		if c.Sure {
			sure.add(c)
		} else {
			unsure.add(c)
		}
	}
	return
}

// What a number of calls came to.
type tally struct {
	lock   sync.Mutex
	Sure   map[string]int // by case: answered right
	Unsure map[string]int // by what became of them
	Again  map[string]int // by path: asked to send a large message again
	Wrong  []string
}

func (t *tally) count(to map[string]int, name string) {
	t.lock.Lock()
	to[name]++
	t.lock.Unlock()
}

func (t *tally) wrong(c *testCase, format string, values ...interface{}) {
	t.lock.Lock()
	if len(t.Wrong) < 20 {
		t.Wrong = append(t.Wrong, c.Name+": "+fmt.Sprintf(format, values...))
	}
	t.lock.Unlock()
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	sure, unsure := readCases(os.Args[1])
	seed, sockets := number(os.Args[2]), os.Args[4:]
	workers := make([]*worker, number(os.Args[3]))
	for i := range workers {
		workers[i] = &worker{random: rand.New(rand.NewSource(int64(seed*1000 + i))), sure: &sure, unsure: &unsure,
			sockets: sockets}
	}
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		count := number(input.Text())
		result := &tally{Sure: map[string]int{}, Unsure: map[string]int{}, Again: map[string]int{}}
		var group sync.WaitGroup
		for i, w := range workers {
			share := count / len(workers)
			if i == 0 {
				share += count % len(workers)
			}
			group.Add(1)
			go func(w *worker) {
				defer group.Done()
				w.run(share, result)
			}(w)
		}
		group.Wait()
		if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
			log.Fatal(err)
		}
	}
}
