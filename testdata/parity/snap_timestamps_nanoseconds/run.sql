USE `snap_timestamps_nanoseconds`;
SET timestamp=1600000000.5; UPDATE t SET id=-id WHERE id=2; SET timestamp=DEFAULT;
