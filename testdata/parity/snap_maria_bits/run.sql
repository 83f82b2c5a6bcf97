USE `snap_maria_bits`;
UPDATE t SET id=-id WHERE id=2;
