import CZeroMQ

/// The name and type of a socket option (zmq_setsockopt(3), zmq_getsockopt(3)).
///
/// Most take effect for binds and connects that follow: set them first. Subscriptions, linger, timeouts, high-water
/// marks and the options of ROUTER and XPUB also change a socket in use. Reading an option marked *write only* is an
/// error that `isInvalidArgument`.
public struct SocketOption<Value>: Sendable {
  let code: Int32
  let name: String

  init(_ code: Int32, _ name: String) {
    self.code = code
    self.name = name
  }
}

extension SocketOption where Value == Int {
  /// How many messages may wait per peer before a send blocks or drops; 0 for no limit, 1000 by default.
  public static var sendHighWaterMark: Self { Self(ZMQ_SNDHWM, "sendHighWaterMark") }

  /// How many messages of a peer may wait to be received; 0 for no limit, 1000 by default.
  public static var receiveHighWaterMark: Self { Self(ZMQ_RCVHWM, "receiveHighWaterMark") }

  /// How long undelivered messages are kept after `close`; -1 for ever. `Socket.defaultLingerMilliseconds` by
  /// default; beware of 0, see there.
  public static var lingerMilliseconds: Self { Self(ZMQ_LINGER, "lingerMilliseconds") }

  /// How long a blocking send waits; -1 without end, the default.
  public static var sendTimeoutMilliseconds: Self { Self(ZMQ_SNDTIMEO, "sendTimeoutMilliseconds") }

  /// How long a blocking receive waits; -1 without end, the default.
  public static var receiveTimeoutMilliseconds: Self { Self(ZMQ_RCVTIMEO, "receiveTimeoutMilliseconds") }

  /// The system's send buffer per connection (SO_SNDBUF); -1 for its default.
  public static var sendBufferBytes: Self { Self(ZMQ_SNDBUF, "sendBufferBytes") }

  /// The system's receive buffer per connection (SO_RCVBUF); -1 for its default.
  public static var receiveBufferBytes: Self { Self(ZMQ_RCVBUF, "receiveBufferBytes") }

  /// The longest frame to accept: a peer that sends a longer one is disconnected. -1 for no limit, the default.
  public static var maxMessageBytes: Self { Self(ZMQ_MAXMSGSIZE, "maxMessageBytes") }

  /// How long to wait before a lost connection is tried again; -1 for never, 100 by default.
  public static var reconnectIntervalMilliseconds: Self { Self(ZMQ_RECONNECT_IVL, "reconnectIntervalMilliseconds") }

  /// Where doubling the wait between tries ends; 0 for no doubling, the default.
  public static var reconnectIntervalMaxMilliseconds: Self {
    Self(ZMQ_RECONNECT_IVL_MAX, "reconnectIntervalMaxMilliseconds")
  }

  /// How long one try to connect by TCP may take; 0 for the system's limit, the default.
  public static var connectTimeoutMilliseconds: Self { Self(ZMQ_CONNECT_TIMEOUT, "connectTimeoutMilliseconds") }

  /// How long a new peer may take for its greeting before it is disconnected; 0 for ever, 30000 by default.
  public static var handshakeIntervalMilliseconds: Self { Self(ZMQ_HANDSHAKE_IVL, "handshakeIntervalMilliseconds") }

  /// How often to ping each peer; 0 for never, the default. See `setHeartbeat`.
  public static var heartbeatIntervalMilliseconds: Self { Self(ZMQ_HEARTBEAT_IVL, "heartbeatIntervalMilliseconds") }

  /// How long a peer may stay silent after a ping before it is disconnected; the interval by default.
  public static var heartbeatTimeoutMilliseconds: Self {
    Self(ZMQ_HEARTBEAT_TIMEOUT, "heartbeatTimeoutMilliseconds")
  }

  /// How long the peer may hear nothing from here before *it* disconnects, in steps of 100; 0 for ever, the default.
  public static var heartbeatTimeToLiveMilliseconds: Self {
    Self(ZMQ_HEARTBEAT_TTL, "heartbeatTimeToLiveMilliseconds")
  }

  /// TCP keep-alive: 1 on, 0 off, -1 the system's default. See `setTCPKeepAlive`.
  public static var tcpKeepAlive: Self { Self(ZMQ_TCP_KEEPALIVE, "tcpKeepAlive") }

  /// How long a connection is silent before TCP probes it; -1 for the system's default.
  public static var tcpKeepAliveIdleSeconds: Self { Self(ZMQ_TCP_KEEPALIVE_IDLE, "tcpKeepAliveIdleSeconds") }

  /// How long TCP waits between probes; -1 for the system's default.
  public static var tcpKeepAliveIntervalSeconds: Self {
    Self(ZMQ_TCP_KEEPALIVE_INTVL, "tcpKeepAliveIntervalSeconds")
  }

  /// How many unanswered TCP probes end a connection; -1 for the system's default.
  public static var tcpKeepAliveProbeCount: Self { Self(ZMQ_TCP_KEEPALIVE_CNT, "tcpKeepAliveProbeCount") }

  /// How many connections may wait to be accepted; 100 by default.
  public static var backlog: Self { Self(ZMQ_BACKLOG, "backlog") }
}

extension SocketOption where Value == Bool {
  /// Whether IPv6 addresses may be used as well.
  public static var ipv6: Self { Self(ZMQ_IPV6, "ipv6") }

  /// Whether messages wait only for connections that are made, rather than also for those still being tried.
  public static var immediate: Self { Self(ZMQ_IMMEDIATE, "immediate") }

  /// Whether only the newest message is kept. Does not work for messages of several frames.
  public static var conflate: Self { Self(ZMQ_CONFLATE, "conflate") }

  /// ROUTER: whether a message to an unknown peer is an error (`isHostUnreachable`), and one to a peer without room
  /// waits, rather than both being dropped. Write only.
  public static var routerMandatory: Self { Self(ZMQ_ROUTER_MANDATORY, "routerMandatory") }

  /// ROUTER: whether a new peer takes over the identity of one that is connected. Write only.
  public static var routerHandover: Self { Self(ZMQ_ROUTER_HANDOVER, "routerHandover") }

  /// Whether to send an empty message to each ROUTER on connecting, so that it knows this peer. Write only.
  public static var probeRouter: Self { Self(ZMQ_PROBE_ROUTER, "probeRouter") }

  /// XPUB: whether every subscription is received, not only the first for its prefix. Write only.
  public static var xpubVerbose: Self { Self(ZMQ_XPUB_VERBOSE, "xpubVerbose") }

  /// XPUB: whether every subscription and every cancellation is received. Write only.
  public static var xpubVerboser: Self { Self(ZMQ_XPUB_VERBOSER, "xpubVerboser") }

  /// XPUB: whether a send waits for a subscriber without room (or would block) rather than dropping. Write only.
  public static var xpubNoDrop: Self { Self(ZMQ_XPUB_NODROP, "xpubNoDrop") }

  /// REQ: whether another request may follow one that was not answered. Set together with `reqCorrelate`.
  /// Write only.
  public static var reqRelaxed: Self { Self(ZMQ_REQ_RELAXED, "reqRelaxed") }

  /// REQ: whether requests carry a number, so that a late reply to an earlier one is dropped. Write only.
  public static var reqCorrelate: Self { Self(ZMQ_REQ_CORRELATE, "reqCorrelate") }

  /// Whether this socket is the one whose public key its CURVE peers must know. See `setCurveServer`.
  public static var curveServer: Self { Self(ZMQ_CURVE_SERVER, "curveServer") }

  static var receiveMore: Self { Self(ZMQ_RCVMORE, "hasMore") }
}

extension SocketOption where Value == String {
  /// This socket's CURVE public key: 40 characters of Z85.
  public static var curvePublicKey: Self { Self(ZMQ_CURVE_PUBLICKEY, "curvePublicKey") }

  /// This socket's CURVE secret key: 40 characters of Z85.
  public static var curveSecretKey: Self { Self(ZMQ_CURVE_SECRETKEY, "curveSecretKey") }

  /// The public key of the CURVE server to connect to: 40 characters of Z85.
  public static var curveServerKey: Self { Self(ZMQ_CURVE_SERVERKEY, "curveServerKey") }

  /// The domain that an authenticator at `inproc://zeromq.zap.01` is asked about (ZeroMQ RFC 27). With none there,
  /// everybody with the right server key is let in.
  public static var zapDomain: Self { Self(ZMQ_ZAP_DOMAIN, "zapDomain") }

  static var lastEndpoint: Self { Self(ZMQ_LAST_ENDPOINT, "lastEndpoint") }
}

extension SocketOption where Value == [UInt8] {
  /// The name a ROUTER knows this socket by: 1 to 255 bytes, the first of them not 0.
  public static var identity: Self { Self(ZMQ_ROUTING_ID, "identity") }
}
