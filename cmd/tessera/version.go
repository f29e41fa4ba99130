package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Version of the product. CHANGELOG.md tells what each one brought.
const Version = "0.1.0"

type versionCmd struct{}

// Run prints the version, and the commit where the build knows it.
func (*versionCmd) Run(s *streams) error {
	commit := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		commit = describeCommit(info.Settings)
	}
	fmt.Fprintf(s.out, "tessera %s%s (%s, %s/%s)\n", Version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

func describeCommit(settings []debug.BuildSetting) string {
	commit, changed := "", ""
	for _, s := range settings {
		switch {
		case s.Key == "vcs.revision":
			commit = " " + s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	if commit == "" {
		return ""
	}
	return commit + changed
}
