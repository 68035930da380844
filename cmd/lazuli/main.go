// Command lazuli takes in Azure's logs, keeps them, answers KQL and forwards.
//
// The package has flags and wiring: what it does is in the packages that it joins. Its invariant is
// the exit code, on which scripts rely: 0 done, 1 failed, 2 wrong usage or configuration, 3 the
// query is wrong, 4 the server cannot be reached or refuses the token, 5 damage was found.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"lazuli.dev/lazuli/client"
)

// The exit codes.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitQuery       = 3
	exitUnreachable = 4
	exitDamage      = 5
)

// version is set by the build.
var version = "dev"

// A failure is an error with an exit code. An empty text prints nothing: it was told already.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usage is a failure of the one who typed the command.
func usage(format string, args ...any) error { return &failure{exitUsage, fmt.Errorf(format, args...)} }

func main() {
	// The engine makes its files by itself, readable by all that the mask does not keep out.
	syscall.Umask(0o077)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	err := root().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "lazuli: "+err.Error())
	os.Exit(codeOf(err))
}

// codeOf is the exit code for an error.
func codeOf(err error) int {
	var f *failure
	var answered *client.Error
	switch {
	case errors.As(err, &f):
		return f.code
	case errors.Is(err, client.ErrUnreachable):
		return exitUnreachable
	case errors.As(err, &answered) && answered.Query:
		return exitQuery
	case errors.As(err, &answered) && (answered.Status == 401 || answered.Status == 403):
		return exitUnreachable
	}
	return exitFailed
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lazuli",
		Short: "A home for Azure's security logs: take in, keep, ask in KQL, forward",
		Long: `Lazuli takes in raw Azure records, keeps them durably in Log Analytics tables, answers
KQL with Kusto's meaning, and forwards to SIEMs.

Environment: LAZULI_DATA (data directory), LAZULI_URL (server), LAZULI_TOKEN (token), LAZULI_CA
(authority to trust). Flags win over them.

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 the query is wrong, 4 the server
cannot be reached or refuses the token, 5 damage was found.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			text := fmt.Sprintf("unknown command %q", args[0])
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				text += "; did you mean " + strings.Join(near, " or ") + "?"
			}
			return usage("%s\nrun 'lazuli --help' to see what there is", text)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%w\nrun '%s --help' to see what there is", err, c.CommandPath())
	})
	cmd.AddCommand(serveCommand(), importCommand(), queryCommand(), rawCommand(), tablesCommand(), sourceCommand(), forwardCommand(),
		fsckCommand(), rebuildCommand(), caCommand(), consoleCommand(), demoCommand(), versionCommand())
	for _, c := range cmd.Commands() {
		checkArgs(c)
	}
	return cmd
}

// checkArgs makes wrong arguments of a command, and of those below it, wrong usage.
func checkArgs(c *cobra.Command) {
	for _, below := range c.Commands() {
		checkArgs(below)
	}
	check := c.Args
	if check == nil {
		return
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usage("%w\nusage: %s", err, c.UseLine())
		}
		return nil
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "lazuli %s (%s, %s/%s)\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// versionText is the version, with the commit where the build knows it.
func versionText() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version
	}
	commit, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			commit = " " + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+"
		}
	}
	return version + commit + dirty
}
