package forwardtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A Daemon is rsyslog or syslog-ng, where make peers unpacks it or where the system has it.
type Daemon struct {
	Kind string // rsyslog or syslog-ng
	root string
}

// NewDaemon finds the daemon. A test is skipped where there is none, but in CI it fails. repository is the path to
// the repository's root.
func NewDaemon(t *testing.T, kind, repository string) Daemon {
	t.Helper()
	here, err := filepath.Abs(filepath.Join(repository, "bin/peers/syslog"))
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{os.Getenv("LAZULI_SYSLOG_ROOT"), here, "/"} {
		if root == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(root, daemons[kind])); err == nil {
			return Daemon{kind, root}
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("no %s to test against; make peers unpacks it", kind)
	}
	t.Skipf("no %s to test against; make peers unpacks it on Debian, LAZULI_SYSLOG_ROOT says where it is", kind)
	return Daemon{}
}

var daemons = map[string]string{"rsyslog": "usr/sbin/rsyslogd", "syslog-ng": "usr/sbin/syslog-ng"}

// Command is the daemon in the foreground with the configuration conf, keeping its own files in dir.
func (d Daemon) Command(dir, conf string) *exec.Cmd {
	lib := filepath.Join(d.root, "usr/lib")
	args := []string{"-n", "-f", conf, "-i", filepath.Join(dir, "pid"), "-M", lib + "/x86_64-linux-gnu/rsyslog"}
	if d.Kind == "syslog-ng" {
		args = []string{"-F", "-f", conf, "-p", filepath.Join(dir, "pid"), "-c", filepath.Join(dir, "ctl"), "-R", filepath.Join(dir, "persist"), "--no-caps"}
		if d.root != "/" {
			args = append(args, "--module-path", lib+"/syslog-ng/3.38")
		}
	}
	cmd := exec.Command(filepath.Join(d.root, daemons[d.Kind]), args...)
	if d.root != "/" {
		cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+strings.Join([]string{lib + "/x86_64-linux-gnu", lib + "/syslog-ng", filepath.Join(d.root, "lib/x86_64-linux-gnu")}, ":"))
	}
	return cmd
}
