USE `snap_conv_boolean`;
UPDATE t SET id=-id WHERE id=2;
