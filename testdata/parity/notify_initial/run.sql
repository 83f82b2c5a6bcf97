INSERT INTO notify_initial.a VALUES (100,'streamed');
