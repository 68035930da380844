package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"lazuli.dev/lazuli/config"
	"lazuli.dev/lazuli/pipeline"
	"lazuli.dev/lazuli/store"
)

// directory is a data directory that no server may hold, and the configuration it is served with.
type directory struct{ data, config string }

func (d *directory) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.data, "data", "", "data directory, which no server may hold (LAZULI_DATA)")
	cmd.Flags().StringVar(&d.config, "config", "", "configuration file of its server: retention and limits")
}

// options finds the directory and how to open it.
func (d *directory) options() (string, pipeline.Options, error) {
	var o pipeline.Options
	dir := env(d.data, "LAZULI_DATA")
	if dir == "" {
		return "", o, usage("which data directory? give --data or set LAZULI_DATA")
	}
	if !store.Exists(dir) {
		return "", o, fmt.Errorf("%s is not a data directory of Lazuli", dir)
	}
	file := &config.File{}
	if d.config != "" {
		var err error
		if file, err = config.Read(d.config); err != nil {
			return "", o, &failure{exitUsage, err}
		}
	}
	log := quietLog()
	return dir, pipelineOptions(localOptions{data: dir, config: file, log: log}), nil
}

func fsckCommand() *cobra.Command {
	var d directory
	cmd := &cobra.Command{
		Use:   "fsck",
		Short: "Check a data directory: journal, tables, and that the one says what the other does",
		Long: `Checks every checksum of the journal, that the tables are those of the journal, and every row
of every frame by decoding it again. Changes nothing. Exit code 5 when something is wrong. What the
journal lacks and the store has on record as a gap, after a rebuild that had to leave it behind, is known:
it is told as a note, counted as gaps=N, and no reason for exit code 5. The table LazuliGaps has it too.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, o, err := d.options()
			if err != nil {
				return err
			}
			r, err := pipeline.Fsck(cmd.Context(), dir, o)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			for _, n := range r.Notes {
				_, _ = fmt.Fprintln(out, "note:", n)
			}
			for _, f := range r.Findings {
				_, _ = fmt.Fprintln(out, "wrong:", f)
			}
			_, _ = fmt.Fprintf(out, "segments=%d frames=%d compared=%d tables=%d rows=%d wrong=%d gaps=%d\n", r.Segments, r.Frames, r.Compared, r.Tables, r.Rows, len(r.Findings), r.Gaps)
			if !r.Clean() {
				return &failure{exitDamage, fmt.Errorf("%s is damaged as said above; where the journal is whole, `lazuli rebuild` makes the tables again from it, and where it is not, the tables may have what it lacks: keep a copy first", dir)}
			}
			return nil
		},
	}
	d.flags(cmd)
	return cmd
}

func rebuildCommand() *cobra.Command {
	var d directory
	var lose bool
	cmd := &cobra.Command{
		Use:   "rebuild",
		Short: "Make the tables of a data directory again from its journal",
		Long: `Makes the tables again from the journal, beside the old ones, and puts them in their place when they are
complete. Rows of frames that are not in the journal any more are taken over from the old tables. Where the
file VERSION is lost or garbled it is made again from the journal first, whose segments prove which store
they are of; where something contradicts that, nothing is changed.

Where rows would be lost the command refuses and says which, unless --lose-released allows it; the loss is
then recorded in the table LazuliGaps. Keep a copy of the directory before you allow it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, o, err := d.options()
			if err != nil {
				return err
			}
			o.Store.LoseReleased = lose
			began := time.Now()
			if err := pipeline.Rebuild(cmd.Context(), dir, o); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "rebuilt in %s\n", time.Since(began).Round(time.Millisecond))
			return err
		},
	}
	d.flags(cmd)
	cmd.Flags().BoolVar(&lose, "lose-released", false, "go on when the journal does not have all frames and their rows cannot be had from the old tables; the loss is recorded as a gap")
	return cmd
}
