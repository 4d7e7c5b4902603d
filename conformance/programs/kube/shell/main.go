// Command shell is sh of the test images. Tests want the words of busybox's error messages, but also variables such as data-1, which
// Debian's busybox takes out of the environment of what it starts. bash leaves them in, so it is the shell where there are any.
package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
)

var shellName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func main() {
	shell := "/bin/busybox"
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); !shellName.MatchString(name) {
			shell = "/bin/bash"
		}
	}
	err := syscall.Exec(shell, os.Args, os.Environ())
	fmt.Fprintln(os.Stderr, shell, err)
	os.Exit(126)
}
