// SPDX-License-Identifier: Apache-2.0

// re2 reads regular expressions, a line each, and tells those that Go does not take: Kubernetes
// evaluates CEL's matches() with Go's regexp, which has no look-ahead and repeats at most 1000 times.
package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
)

func main() {
	status := 0
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if _, err := regexp.Compile(lines.Text()); err != nil {
			fmt.Println(err)
			status = 1
		}
	}
	os.Exit(status)
}
