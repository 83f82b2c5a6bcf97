USE `snap_conv_jdbc`;
UPDATE t SET id=-id WHERE id=2;
