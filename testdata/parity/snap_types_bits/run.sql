USE `snap_types_bits`;
UPDATE t SET id=-id WHERE id=2;
