USE `snap_bits_noschema`;
UPDATE t SET id=-id WHERE id=2;
