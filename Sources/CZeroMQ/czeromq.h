#ifndef CZEROMQ_H
#define CZEROMQ_H

/* libzmq's public interface; found through pkg-config (libzmq). */
#include <zmq.h>

#endif
