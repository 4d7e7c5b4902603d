package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// row is what is known of one row of the table; its JSON is what bench reads.
type row struct {
	Row       string  `json:"row"`
	Count     int     `json:"count"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"perSecond"`
	// Milliseconds; absent where there are no requests of which each counts.
	Median float64 `json:"median,omitempty"`
	P99    float64 `json:"p99,omitempty"`
	// Seconds of processor time by process.
	Processor map[string]float64 `json:"processor"`
}

// all does do(0) to do(count-1) by as many workers as there are clients, and prints the row.
func (l *load) all(name string, count int, do func(i int) error) error {
	latencies := make([]time.Duration, count)
	return l.timed(row{Row: name, Count: count}, latencies, func() error {
		return inParallel(*clients, count, func(i int) error {
			begin := time.Now()
			err := do(i)
			latencies[i] = time.Since(begin)
			return err
		})
	})
}

// timed measures what do takes, by the clock and by the server's processors.
func (l *load) timed(r row, latencies []time.Duration, do func() error) error {
	before, begin := l.processorSeconds(), time.Now()
	if err := do(); err != nil {
		return fmt.Errorf("%s: %w", r.Row, err)
	}
	r.Seconds = time.Since(begin).Seconds()
	// What a server does after its answer belongs to the row too.
	time.Sleep(300 * time.Millisecond)
	r.Processor = map[string]float64{}
	for name, seconds := range l.processorSeconds() {
		r.Processor[name] = seconds - before[name]
	}
	r.PerSecond = float64(r.Count) / r.Seconds
	if len(latencies) > 0 {
		slices.Sort(latencies)
		r.Median, r.P99 = milliseconds(latencies, 0.5), milliseconds(latencies, 0.99)
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

func milliseconds(sorted []time.Duration, share float64) float64 {
	return sorted[int(share*float64(len(sorted)-1))].Seconds() * 1000
}

// inParallel ends early with the first error.
func inParallel(workers, count int, do func(i int) error) error {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var done sync.WaitGroup
	for range workers {
		done.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= count {
					return
				}
				if err := do(i); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	done.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

type process struct {
	name string
	pid  int
}

func parseProcesses(text string) (processes []process, err error) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
		name, number, _ := strings.Cut(part, "=")
		pid, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("-server wants name=pid, not %q", part)
		}
		processes = append(processes, process{name, pid})
	}
	return processes, nil
}

// processorSeconds is the user and system time of each process, in the kernel's ticks of 10 ms.
func (l *load) processorSeconds() map[string]float64 {
	seconds := map[string]float64{}
	for _, p := range l.processes {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
		if err != nil {
			continue
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+2:]))
		for _, field := range fields[11:13] {
			ticks, _ := strconv.ParseFloat(field, 64)
			seconds[p.name] += ticks / 100
		}
	}
	return seconds
}
