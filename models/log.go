package models

import (
	"log/slog"
	"time"

	"gorm.io/gorm/logger"
)

// queryLogger tells of slow and failed statements without their values, which
// may be personal.
func queryLogger(l *slog.Logger) logger.Interface {
	return logger.NewSlogLogger(l, logger.Config{
		LogLevel:                  logger.Warn,
		SlowThreshold:             time.Second,
		IgnoreRecordNotFoundError: true,
		ParameterizedQueries:      true,
	})
}
