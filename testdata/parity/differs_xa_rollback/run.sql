USE `differs_xa_rollback`;
XA START 'x'; INSERT INTO t VALUES (1,1); XA END 'x'; XA PREPARE 'x'; XA ROLLBACK 'x'; INSERT INTO t VALUES (2,2);
