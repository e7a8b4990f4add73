// Lets go-tuf judge cases: one line of JSON for each line of the file that is the argument.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
)

// Longest line of the file of cases.
const maxLine = 64 << 20

type step struct {
	Op        string `json:"op"`
	Bytes     []byte `json:"bytes"`
	Own       bool   `json:"own"`
	Name      string `json:"name"`
	Delegator string `json:"delegator"`
}

type asked struct {
	Now     int64  `json:"now"`
	Steps   []step `json:"steps"`
	LookUps []struct {
		Role string `json:"role"`
		Path string `json:"path"`
	} `json:"lookUps"`
}

type object = map[string]any

func main() {
	if err := judgeAll(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judgeAll(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	output := bufio.NewWriter(os.Stdout)
	verdicts := json.NewEncoder(output)
	for lines.Scan() {
		var each asked
		if err := json.Unmarshal(lines.Bytes(), &each); err != nil {
			return err
		}
		if err := verdicts.Encode(judge(each)); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return output.Flush()
}

func judge(each asked) object {
	client := &client{now: time.UnixMilli(each.Now).UTC()}
	steps, lookUps := []object{}, []any{}
	for _, step := range each.Steps {
		steps = append(steps, client.take(step))
	}
	for _, lookUp := range each.LookUps {
		lookUps = append(lookUps, client.lookUp(lookUp.Role, lookUp.Path))
	}
	return object{"steps": steps, "lookUps": lookUps}
}

type client struct {
	now     time.Time
	trusted *trustedmetadata.TrustedMetadata
}

// A panic while it updates is a refusal too: the caller gets nothing.
func (c *client) take(step step) (verdict object) {
	defer func() {
		if problem := recover(); problem != nil {
			verdict = object{"refused": fmt.Sprintf("panic %v", problem)}
		}
	}()
	read, err := c.update(step)
	if err != nil {
		return object{"refused": fmt.Sprintf("%T %v", err, err)}
	}
	return object{"read": reading(read)}
}

// What it accepted may still hold nothing where everybody expects something.
func reading(read func() object) (found any) {
	defer func() {
		if problem := recover(); problem != nil {
			found = fmt.Sprintf("panic %v", problem)
		}
	}()
	return read()
}

func (c *client) update(step step) (func() object, error) {
	if step.Op == "open" {
		trusted, err := trustedmetadata.New(step.Bytes)
		if err != nil {
			return nil, err
		}
		trusted.RefTime = c.now
		c.trusted = trusted
		return func() object { return rootReading(trusted.Root.Signed) }, nil
	}
	switch step.Op {
	case "root":
		_, err := c.trusted.UpdateRoot(step.Bytes)
		return func() object { return rootReading(c.trusted.Root.Signed) }, err
	case "timestamp":
		_, err := c.trusted.UpdateTimestamp(step.Bytes)
		var equal *metadata.ErrEqualVersionNumber
		// Its updater goes on with the one it has, if that may be used.
		if errors.As(err, &equal) && !c.trusted.Timestamp.Signed.IsExpired(c.now) {
			err = nil
		}
		return func() object { return timestampReading(c.trusted.Timestamp.Signed) }, err
	case "snapshot":
		_, err := c.trusted.UpdateSnapshot(step.Bytes, step.Own)
		return func() object { return snapshotReading(c.trusted.Snapshot.Signed) }, err
	case "targets":
		targets, err := c.trusted.UpdateTargets(step.Bytes)
		return func() object { return targetsReading(targets.Signed) }, err
	}
	role, err := c.trusted.UpdateDelegatedTargets(step.Bytes, step.Name, step.Delegator)
	return func() object { return targetsReading(role.Signed) }, err
}

func (c *client) lookUp(role, path string) any {
	if c.trusted == nil || c.trusted.Targets[role] == nil {
		return nil
	}
	found := [][2]any{}
	if delegations := c.trusted.Targets[role].Signed.Delegations; delegations != nil {
		for _, each := range delegations.GetRolesForTarget(path) {
			found = append(found, [2]any{each.Name, each.Terminating})
		}
	}
	return found
}

func rootReading(signed metadata.RootType) object {
	roles := object{}
	for name, role := range signed.Roles {
		roles[name] = keysReading(role.Threshold, role.KeyIDs)
	}
	return object{
		"version": signed.Version, "expires": signed.Expires.Unix(), "consistent": signed.ConsistentSnapshot,
		"keys": names(signed.Keys), "roles": roles,
	}
}

func timestampReading(signed metadata.TimestampType) object {
	snapshot := signed.Meta["snapshot.json"].Version
	return object{"version": signed.Version, "expires": signed.Expires.Unix(), "snapshot": snapshot}
}

func snapshotReading(signed metadata.SnapshotType) object {
	meta := object{}
	for name, file := range signed.Meta {
		meta[strings.TrimSuffix(name, ".json")] = file.Version
	}
	return object{"version": signed.Version, "expires": signed.Expires.Unix(), "meta": meta}
}

func targetsReading(signed metadata.TargetsType) object {
	targets := object{}
	for path, file := range signed.Targets {
		targets[path] = []any{file.Length, file.Hashes}
	}
	return object{
		"version": signed.Version, "expires": signed.Expires.Unix(), "targets": targets,
		"delegations": delegationsReading(signed.Delegations),
	}
}

func delegationsReading(delegations *metadata.Delegations) any {
	if delegations == nil {
		return nil
	}
	if succinct := delegations.SuccinctRoles; succinct != nil {
		keys := keysReading(succinct.Threshold, succinct.KeyIDs)
		return object{"keys": names(delegations.Keys), "succinct": []any{succinct.NamePrefix, succinct.BitLength, keys}}
	}
	roles := []any{}
	for _, role := range delegations.Roles {
		keys := keysReading(role.Threshold, role.KeyIDs)
		roles = append(roles, []any{role.Name, role.Terminating, role.Paths, role.PathHashPrefixes, keys})
	}
	return object{"keys": names(delegations.Keys), "roles": roles}
}

func keysReading(threshold int, keyIDs []string) []any {
	read := []any{threshold}
	for _, keyID := range keyIDs {
		read = append(read, keyID)
	}
	return read
}

// By UTF-16 units, as JavaScript sorts.
func names(keys map[string]*metadata.Key) []string {
	sorted := []string{}
	for name := range keys {
		sorted = append(sorted, name)
	}
	sort.Slice(sorted, func(a, b int) bool {
		left, right := utf16.Encode([]rune(sorted[a])), utf16.Encode([]rune(sorted[b]))
		for i := 0; i < len(left) && i < len(right); i++ {
			if left[i] != right[i] {
				return left[i] < right[i]
			}
		}
		return len(left) < len(right)
	})
	return sorted
}
