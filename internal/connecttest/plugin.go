package connecttest

import (
	"context"
	_ "embed"
	"strings"

	"cdcd/internal/fetch"
)

//go:embed pom.xml
var pom string

// plugin is a Debezium connector.
type plugin struct{ database, version string }

// The connectors, in the newest versions that Maven has.
var plugins = []plugin{{"mysql", "3.6.1.Final"}, {"mariadb", "3.5.0.Final"}}

// item is the cache's folder of its jars.
func (p plugin) item() fetch.Item {
	recipe := strings.NewReplacer("DATABASE", p.database, "VERSION", p.version).Replace(pom)
	return fetch.Item{
		Name: "debezium-" + p.database + "-" + p.version, Recipe: recipe,
		Make: func(ctx context.Context, dir string) (string, error) {
			return "Debezium for " + p.database + " " + p.version, fetch.Jars(ctx, dir, []byte(recipe))
		},
	}
}
