package models

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"gorm.io/gorm/schema"
)

// micros stores a time.Time or *time.Time as Unix microseconds. Integers sort
// and compare alike in both databases, whatever zone a value came in.
type micros struct{}

func init() { schema.RegisterSerializer("micros", micros{}) }

// Scan implements schema.SerializerInterface.
func (micros) Scan(ctx context.Context, field *schema.Field, dst reflect.Value, value any) error {
	switch v := value.(type) {
	case nil:
		return field.Set(ctx, dst, nil)
	case int64:
		return field.Set(ctx, dst, fromMicros(v))
	default:
		return fmt.Errorf("%s: a time is stored as %T", field.Name, value)
	}
}

// Value implements schema.SerializerValuerInterface.
func (micros) Value(_ context.Context, field *schema.Field, _ reflect.Value, value any) (any, error) {
	switch v := value.(type) {
	case time.Time:
		return v.UnixMicro(), nil
	case *time.Time:
		if v == nil {
			return nil, nil
		}
		return v.UnixMicro(), nil
	default:
		return nil, fmt.Errorf("%s: %T is no time", field.Name, value)
	}
}

func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }
