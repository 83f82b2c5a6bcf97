package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cdcd/connector"
	"cdcd/schema"
)

func schemaCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Show what a connector takes its tables to look like, or say what one looks like",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(schemaShowCommand(), schemaSetCommand())
	return cmd
}

// showFlags are the flags of cdcd schema show.
type showFlags struct {
	offsetsFlags
	table string
}

func schemaShowCommand() *cobra.Command {
	var f showFlags
	cmd := &cobra.Command{
		Use:   "show --connector NAME [--table DB.TABLE]",
		Short: "Print the newest version of every table, or all versions of one; of a node alone while the daemon is stopped",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return looking(cmd, f.offsetsFlags, func(h *held) error {
				return h.showTables(cmd.Context(), cmd.OutOrStdout(), f.table)
			})
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&f.table, "table", "", "a table, as database.table")
	return cmd
}

// showTables prints what raft has, which is up to a second older than what a
// connector that runs has.
func (h *held) showTables(ctx context.Context, out io.Writer, table string) error {
	history, err := h.history(ctx)
	if err != nil {
		return err
	}
	if table == "" {
		history = newest(history)
	} else {
		history = slices.DeleteFunc(history, func(t *schema.Table) bool { return t.ID.IsDatabase() || t.ID.String() != table })
	}
	if len(history) == 0 {
		return fmt.Errorf("connector %s knows no version of such a table", h.config.Name)
	}
	for _, t := range history {
		if _, err := fmt.Fprint(out, printed(t)); err != nil {
			return err
		}
	}
	return nil
}

// history is all table versions, in order.
func (h *held) history(ctx context.Context) ([]*schema.Table, error) {
	stored, err := h.store.History(ctx)
	if err != nil {
		return nil, err
	}
	var d definitions
	return d.tables(stored)
}

// newest returns the last version of each table that is there, and what was said of
// tables for later.
func newest(history []*schema.Table) []*schema.Table {
	last := map[schema.ID]*schema.Table{}
	for _, t := range history {
		if t.From == "" {
			last[t.ID] = t
		}
	}
	return slices.DeleteFunc(history, func(t *schema.Table) bool {
		gone := t.Dropped && t.Unread == ""
		return t.ID.IsDatabase() || t.From == "" && (gone || last[t.ID] != t)
	})
}

// printed is a table version as text that SQL can read.
func printed(t *schema.Table) string {
	head := fmt.Sprintf("-- %s, version %d", t.ID, t.Version)
	switch {
	case t.From != "":
		return fmt.Sprintf("%s: said to count from transaction %s on\n%s;\n\n", head, t.From, t.SQL())
	case t.Unread != "":
		return fmt.Sprintf("%s: not known any more: %s\n\n", head, t.Unread)
	case t.Dropped:
		return head + ": dropped\n\n"
	}
	return fmt.Sprintf("%s\n%s;\n\n", head, t.SQL())
}

// tablesNow is a tracker that has the tables as a connector goes on with them.
func (h *held) tablesNow(ctx context.Context, v schema.Version) (*schema.Tracker, error) {
	history, err := h.history(ctx)
	if err != nil {
		return nil, err
	}
	return connector.TablesAt(h.config, history, v)
}

// tableID reads database.table.
func tableID(text string) (schema.ID, error) {
	database, name, _ := strings.Cut(text, ".")
	if database == "" || name == "" {
		return schema.ID{}, fmt.Errorf("--table: want database.table, not %q", text)
	}
	return schema.ID{Database: database, Name: name}, nil
}
