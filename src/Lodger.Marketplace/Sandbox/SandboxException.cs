namespace Lodger.Marketplace.Sandbox;

/// <summary>A sandbox could not do what was asked, for a reason that lies in the machine or the tenant's disk; the message says which.</summary>
public sealed class SandboxException(string message) : Exception(message);
