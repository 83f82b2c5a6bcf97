package property

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// check tells what is wrong with a value that is not blank.
func (d Definition) check(value string) error {
	if d.Type != Text && d.Type != Password {
		value = strings.TrimSpace(value)
	}
	if err := d.checkType(value); err != nil {
		return err
	}
	if d.Check != nil {
		return d.Check(value)
	}
	return nil
}

func (d Definition) checkType(value string) error {
	switch d.Type {
	case Text, List, Class, Password:
		return nil
	case Bool:
		return oneOf(value, "true", "false")
	case Int:
		return number(value, 32)
	case Long, Millis:
		return number(value, 64)
	case Patterns:
		_, err := ParseMatcher(value)
		return err
	case Choice:
		return oneOf(value, d.Choices...)
	}
	return fmt.Errorf("type %q is not known", d.Type)
}

func oneOf(value string, choices ...string) error {
	for _, c := range choices {
		if strings.EqualFold(value, c) {
			return nil
		}
	}
	return fmt.Errorf("want one of %s", strings.Join(choices, ", "))
}

func number(value string, bits int) error {
	if _, err := strconv.ParseInt(value, 10, bits); err != nil {
		return fmt.Errorf("not a whole number of %d bits", bits)
	}
	return nil
}

// operations is a check for lists of them.
// Source: CommonConnectorConfig.validateSkippedOperation.
func operations(value string) error {
	if value == "none" {
		return nil
	}
	for op := range strings.SplitSeq(value, ",") {
		if !slices.Contains([]string{"c", "u", "d", "t", "r"}, strings.TrimSpace(op)) {
			return errors.New("want a list of c, u, d, t, or none alone")
		}
	}
	return nil
}

// between is a check for numbers.
func between(low, high int64) func(string) error {
	return func(value string) error {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < low || n > high {
			return fmt.Errorf("want %d to %d", low, high)
		}
		return nil
	}
}

// atLeast is a check for numbers.
func atLeast(low int64) func(string) error {
	return func(value string) error {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < low {
			return fmt.Errorf("want %d or more", low)
		}
		return nil
	}
}

// notCustom is a check for choices of which one names a Java class.
func notCustom(remedy string) func(string) error {
	return func(value string) error {
		if strings.EqualFold(value, "custom") {
			return errors.New("it takes a Java class, and cdcd runs none: " + remedy)
		}
		return nil
	}
}

// matching is a check for texts.
func matching(re *regexp.Regexp, want string) func(string) error {
	return func(value string) error {
		if !re.MatchString(value) {
			return errors.New(want)
		}
		return nil
	}
}
