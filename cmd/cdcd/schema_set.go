package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"cdcd/event"
	"cdcd/offsets"
	"cdcd/schema"
)

// setFlags are the flags of cdcd schema set.
type setFlags struct {
	offsetsFlags
	table string
	from  string
	file  string
	yes   bool
}

func schemaSetCommand() *cobra.Command {
	var f setFlags
	cmd := &cobra.Command{
		Use:   "set --connector NAME --table DB.TABLE --from TRANSACTION --file FILE",
		Short: "Say what a table looks like where a connector has stopped that does not know it",
		Long: "Say what a table looks like from a transaction on, where a connector has stopped because a\n" +
			"statement was not understood or rows do not look as it knows the table. The reason that it gives\n" +
			"has the command with the table and the transaction. The file holds one CREATE TABLE, as SHOW\n" +
			"CREATE TABLE printed it there: with --file - it is read from stdin.\n\n" +
			"Of a node alone the daemon is stopped; in a cluster of several nodes it runs, and the connector\n" +
			"is stopped: cdcd connectors stop NAME. Where it goes on does not change.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return setTable(cmd, f) },
	}
	f.register(cmd)
	cmd.Flags().StringVar(&f.table, "table", "", "the table, as database.table")
	cmd.Flags().StringVar(&f.from, "from", "", "the transaction from which on it looks so: a GTID, or file:pos where there are none")
	cmd.Flags().StringVar(&f.file, "file", "", "file with the CREATE TABLE statement, - for stdin")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	require(cmd, "table", "from", "file")
	return cmd
}

func setTable(cmd *cobra.Command, f setFlags) error {
	id, err := tableID(f.table)
	if err != nil {
		return err
	}
	if f.from == "" {
		return errors.New("--from: want the transaction that the reason of the stop names")
	}
	if f.file == "-" && !f.yes {
		return errors.New("--file -: there is nobody to ask then; give --yes")
	}
	text, err := definitionText(cmd.InOrStdin(), f.file)
	if err != nil {
		return fmt.Errorf("--file: %w", err)
	}
	return changing(cmd, f.offsetsFlags, func(h *held) error { return h.set(cmd, f, id, text) })
}

// maxText bounds the text of a definition, in bytes.
const maxText = 1 << 20

func definitionText(stdin io.Reader, file string) (string, error) {
	if file != "-" {
		in, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer func() { _ = in.Close() }()
		stdin = in
	}
	text, err := io.ReadAll(io.LimitReader(stdin, maxText))
	return string(text), err
}

// set says what is known of the table and what will be, asks, and does it.
func (h *held) set(cmd *cobra.Command, f setFlags, id schema.ID, text string) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	state, err := h.standing.Define()
	if err != nil {
		return err
	}
	tables, err := h.tablesNow(ctx, state.Schema-1)
	if err != nil {
		return err
	}
	given, err := tables.Define(id, text)
	if err != nil {
		return fmt.Errorf("--file: %w", err)
	}
	given = schema.Given(given, f.from, state.Schema)
	if _, err := fmt.Fprint(out, replaced(tables, id), printed(given)); err != nil {
		return err
	}
	if err := confirm(cmd, f.yes, f.connector); err != nil {
		return err
	}
	if err := h.storeGiven(ctx, given, state); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Done: table version %d. %s\n", state.Schema, h.then())
	return err
}

// replaced says what is known of a table before.
func replaced(tables *schema.Tracker, id schema.ID) string {
	if t := tables.Table(id); t != nil {
		return "In place of\n\n" + printed(t) + "comes\n\n"
	}
	return fmt.Sprintf("In place of nothing, since %s is not known, comes\n\n", id)
}

// storeGiven adds the version behind those that the connector goes on with, and has
// it count. A command that fails in between has changed nothing: the version is
// forgotten when the connector starts.
func (h *held) storeGiven(ctx context.Context, given *schema.Table, state event.State) error {
	versions, err := encoded([]*schema.Table{given})
	if err != nil {
		return err
	}
	if err := h.own(ctx); err != nil {
		return err
	}
	if err := h.store.Forget(ctx, offsets.TableVersion(state.Schema-1)); err != nil {
		return err
	}
	if err := h.store.PutTables(ctx, versions); err != nil {
		return err
	}
	return h.store.Reset(ctx, state)
}
