package api

import (
	"cmp"
	"context"
	"io"
	"net/http"

	"github.com/google/uuid"
	"go.uber.org/zap"

	"cdcd/connector/signal"
)

// maxSignal bounds the body of a signal, in bytes.
const maxSignal = 1 << 20

// signal gives a connector a signal, {"id": …, "type": …, "data": {…}}, and answers with
// its id when what it changes is durable. What it holds is not logged.
func (c connect) signal(w http.ResponseWriter, r *http.Request) {
	m, err := readSignal(http.MaxBytesReader(w, r.Body, maxSignal))
	if err != nil {
		answer(w, http.StatusBadRequest, problem{http.StatusBadRequest, err.Error()})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	name := r.PathValue("name")
	if err := c.all.Signal(ctx, name, m); err != nil {
		refuse(w, name, err)
		return
	}
	c.log.Info("a connector was sent a signal over HTTP", zap.String("connector", name), zap.String("type", m.Type), zap.String("id", m.ID), zap.String("remote", r.RemoteAddr))
	answer(w, http.StatusAccepted, struct {
		ID string `json:"id"`
	}{m.ID})
}

// readSignal reads a signal that can be understood, and gives it an id if it has none.
func readSignal(body io.Reader) (signal.Message, error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return signal.Message{}, err
	}
	m, err := signal.ReadMessage(text)
	if err != nil {
		return m, err
	}
	m.ID = cmp.Or(m.ID, uuid.NewString())
	_, err = m.Signal()
	return m, err
}
