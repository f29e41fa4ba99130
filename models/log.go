package models

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gorm.io/gorm/logger"
)

// slowQuery is when a statement is worth a line in the log.
const slowQuery = time.Second

// queryLog tells of slow and failed statements, and at debug level of all,
// without their values, which may be personal. GORM's logger, which writes the
// line, would put every statement together before it finds that there is nothing to tell.
type queryLog struct {
	logger.Interface
	log *slog.Logger
}

func queryLogger(l *slog.Logger) logger.Interface {
	inner := logger.NewSlogLogger(l, logger.Config{
		LogLevel:                  logger.Warn,
		SlowThreshold:             slowQuery,
		IgnoreRecordNotFoundError: true,
		ParameterizedQueries:      true,
	})
	return queryLog{inner, l}
}

// ParamsFilter implements gorm.ParamsFilter: the values are left out.
func (queryLog) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}

// Trace implements logger.Interface.
func (l queryLog) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), err error) {
	switch {
	case err != nil && !errors.Is(err, logger.ErrRecordNotFound) || time.Since(begin) > slowQuery:
		l.Interface.Trace(ctx, begin, statement, err)
	case l.log.Enabled(ctx, slog.LevelDebug):
		sql, rows := statement()
		l.log.LogAttrs(ctx, slog.LevelDebug, "query", slog.String("sql", sql), slog.Int64("rows", rows), slog.Int64("took_us", time.Since(begin).Microseconds()))
	}
}
