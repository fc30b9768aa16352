"""The main job, once, before your eyes: events go in, Graph requests and dead letters come out."""
