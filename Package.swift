// swift-tools-version: 6.2
import PackageDescription

// Layers: the arrow of imports runs from the programs down to the C modules and never back.
let wrapper: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]
// Only the three wrappers touch memory that Swift does not own.
let strict: [SwiftSetting] = wrapper + [.strictMemorySafety()]

let package = Package(
    name: "calendar-sync-hub",
    products: [
        .executable(name: "calendar-sync", targets: ["calendar-sync"]),
        .executable(name: "office-simulator", targets: ["office-simulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        // Days, clocks, points in time and a few words about text: what every other module may use.
        .target(name: "Basics", swiftSettings: strict),
        .target(name: "JSON", dependencies: ["Basics"], swiftSettings: strict),
        .target(name: "Postgres", dependencies: ["Basics", "CLibpq", "JSON"], swiftSettings: wrapper),
        .target(name: "HTTP", dependencies: ["Basics", "CLibcurl"], swiftSettings: wrapper),
        .target(name: "Signing", dependencies: ["CLibcrypto"], swiftSettings: wrapper),
        .target(name: "Appointments", dependencies: ["Basics", "Signing"], swiftSettings: strict),
        .target(name: "Clients", dependencies: ["Basics", "HTTP", "JSON"], swiftSettings: strict),
        .target(name: "Advoware", dependencies: ["Appointments", "Clients", "HTTP", "JSON", "Signing"], swiftSettings: strict),
        .target(name: "GoogleCalendar", dependencies: ["Appointments", "Clients", "HTTP", "JSON", "Signing"], swiftSettings: strict),
        .target(
            name: "Listener",
            dependencies: [
                "Advoware", "Appointments", "Basics", "GoogleCalendar", "HTTP", "JSON", "Postgres", "Signing",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "calendar-sync",
            dependencies: [
                "Listener",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "OfficeSimulator",
            dependencies: [
                "Basics", "JSON", "Signing",
                .product(name: "FlyingFox", package: "FlyingFox"), .product(name: "FlyingSocks", package: "FlyingFox"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "office-simulator",
            dependencies: ["OfficeSimulator", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["Appointments", "Clients", "HTTP", "JSON"], path: "Tests/TestSupport",
            swiftSettings: wrapper),
        .testTarget(name: "BasicsTests", dependencies: ["Appointments", "Basics"], swiftSettings: wrapper),
        .testTarget(name: "ClientsTests", dependencies: ["Clients", "TestSupport"], swiftSettings: wrapper),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: wrapper),
        .testTarget(name: "PostgresTests", dependencies: ["Appointments", "JSON", "Postgres"], swiftSettings: wrapper),
        .testTarget(
            name: "HTTPTests",
            dependencies: ["HTTP", .product(name: "FlyingFox", package: "FlyingFox"), .product(name: "FlyingSocks", package: "FlyingFox")],
            swiftSettings: wrapper),
        .testTarget(name: "SigningTests", dependencies: ["Basics", "Signing"], swiftSettings: wrapper),
        .testTarget(name: "AppointmentsTests", dependencies: ["Appointments"], swiftSettings: wrapper),
        .testTarget(
            name: "AdvowareTests", dependencies: ["Advoware", "Appointments", "Clients", "HTTP", "JSON", "TestSupport"],
            swiftSettings: wrapper),
        .testTarget(
            name: "GoogleCalendarTests",
            dependencies: ["Appointments", "Clients", "GoogleCalendar", "HTTP", "JSON", "Signing", "TestSupport"],
            swiftSettings: wrapper),
        // Shows the mapping to tests that are not written in Swift.
        .executableTarget(
            name: "mapping-oracle", dependencies: ["Advoware", "GoogleCalendar", "JSON", "Listener"], path: "Tests/MappingOracle",
            swiftSettings: wrapper),
        .testTarget(name: "MappingTests", dependencies: ["Advoware", "Appointments", "GoogleCalendar", "JSON"], swiftSettings: wrapper),
        .testTarget(
            name: "ListenerTests",
            dependencies: [
                "Advoware", "Appointments", "GoogleCalendar", "HTTP", "JSON", "Listener", "Postgres", "Signing", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: wrapper),
        .testTarget(name: "OfficeSimulatorTests", dependencies: ["JSON", "OfficeSimulator", "Signing"], swiftSettings: wrapper),
    ],
    swiftLanguageModes: [.v6]
)
