USE `snap_render_datatypes`;
UPDATE t SET id=-id WHERE id=2;
