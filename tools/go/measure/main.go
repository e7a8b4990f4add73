// Measures go-tuf on one folder of made metadata and writes one line of JSON.
//
//	measure files FOLDER       parse and verify what FOLDER/case.json names, then look up its paths
//	measure returning FOLDER   what a client does that has everything already, against FOLDER/returning.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"
)

// Longest that the warm look-ups are repeated.
const lookUpTime = 200 * time.Millisecond

type work struct {
	Measured string   `json:"measured"`
	LookUps  []string `json:"lookUps"`
}

type result struct {
	Milliseconds float64  `json:"ms"`
	CPU          float64  `json:"cpuMs"`
	PeakBytes    int64    `json:"peakBytes"`
	FirstLookUp  *float64 `json:"firstLookUpMs,omitempty"`
	WarmLookUp   *float64 `json:"warmLookUpMs,omitempty"`
}

func main() {
	if len(os.Args) != 3 {
		refuse(fmt.Errorf("usage: measure files|returning FOLDER"))
	}
	measure := measureFiles
	if os.Args[1] == "returning" {
		measure = measureReturning
	}
	found, err := measure(os.Args[2])
	if err != nil {
		refuse(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		refuse(err)
	}
}

func refuse(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func measureFiles(folder string) (*result, error) {
	var asked work
	if err := readJSON(filepath.Join(folder, "case.json"), &asked); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range []string{"root", "timestamp", "snapshot", "targets"} {
		bytes, err := os.ReadFile(filepath.Join(folder, name+".json"))
		if err != nil && !(os.IsNotExist(err) && name == "targets") {
			return nil, err
		}
		files[name] = bytes
	}
	trusted, err := trustedmetadata.New(files["root"])
	if err != nil {
		return nil, err
	}
	if _, err := trusted.UpdateTimestamp(files["timestamp"]); err != nil {
		return nil, err
	}
	watch := newStopwatch()
	if _, err := trusted.UpdateSnapshot(files["snapshot"], false); err != nil {
		return nil, err
	}
	if asked.Measured == "targets" {
		watch = newStopwatch()
		if _, err := trusted.UpdateTargets(files["targets"]); err != nil {
			return nil, err
		}
	}
	found := watch.result()
	if len(asked.LookUps) == 0 {
		return found, nil
	}
	return found, measureLookUps(trusted.Targets[metadata.TARGETS].Signed.Delegations, asked.LookUps, found)
}

func measureLookUps(delegations *metadata.Delegations, paths []string, found *result) error {
	lookUp := func(path string) error {
		if roles := delegations.GetRolesForTarget(path); len(roles) != 1 {
			return fmt.Errorf("%s has %d roles", path, len(roles))
		}
		return nil
	}
	start := time.Now()
	if err := lookUp(paths[0]); err != nil {
		return err
	}
	first := since(start)
	start = time.Now()
	count := 0
	for count < 3 || time.Since(start) < lookUpTime {
		if err := lookUp(paths[count%len(paths)]); err != nil {
			return err
		}
		count++
	}
	warm := since(start) / float64(count)
	found.FirstLookUp, found.WarmLookUp = &first, &warm
	return nil
}

type returning struct {
	MetadataURL string `json:"metadataUrl"`
	TargetsURL  string `json:"targetsUrl"`
	Target      string `json:"target"`
}

func measureReturning(folder string) (*result, error) {
	var asked returning
	if err := readJSON(filepath.Join(folder, "returning.json"), &asked); err != nil {
		return nil, err
	}
	root, err := os.ReadFile(filepath.Join(folder, "root.json"))
	if err != nil {
		return nil, err
	}
	watch := newStopwatch()
	settings, err := config.New(asked.MetadataURL, root)
	if err != nil {
		return nil, err
	}
	settings.RemoteTargetsURL = asked.TargetsURL
	settings.LocalMetadataDir = filepath.Join(folder, "cache", "go-tuf", "metadata")
	settings.LocalTargetsDir = filepath.Join(folder, "cache", "go-tuf", "targets")
	settings.SnapshotMaxLength = 1 << 30
	settings.TargetsMaxLength = 1 << 30
	if err := settings.EnsurePathsExist(); err != nil {
		return nil, err
	}
	client, err := updater.New(settings)
	if err != nil {
		return nil, err
	}
	if err := client.Refresh(); err != nil {
		return nil, err
	}
	target, err := client.GetTargetInfo(asked.Target)
	if err != nil {
		return nil, err
	}
	path, _, err := client.FindCachedTarget(target, "")
	if err == nil && path == "" {
		_, _, err = client.DownloadTarget(target, "", "")
	}
	if err != nil {
		return nil, err
	}
	return watch.result(), nil
}

// Time by the clock, and what all threads of this process computed.
type stopwatch struct {
	start time.Time
	cpu   float64
}

func newStopwatch() stopwatch {
	return stopwatch{cpu: cpuMilliseconds(), start: time.Now()}
}

func (watch stopwatch) result() *result {
	elapsed := since(watch.start)
	return &result{Milliseconds: elapsed, CPU: cpuMilliseconds() - watch.cpu, PeakBytes: peakBytes()}
}

func cpuMilliseconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}

func since(start time.Time) float64 {
	return float64(time.Since(start).Nanoseconds()) / 1e6
}

// The largest resident set so far. Linux's Maxrss begins with that of the process that started this one.
func peakBytes() int64 {
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		_, rest, _ := strings.Cut(string(status), "VmHWM:")
		var kilobytes int64
		if _, err := fmt.Sscan(rest, &kilobytes); err == nil {
			return kilobytes * 1024
		}
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return usage.Maxrss
}

func readJSON(path string, into any) error {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(bytes, into)
}
