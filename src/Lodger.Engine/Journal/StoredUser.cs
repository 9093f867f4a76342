namespace Lodger.Engine.Journal;

/// <summary>The platform's user whose key an account's was when it was first used.</summary>
/// <param name="UserId">The platform's.</param>
/// <param name="UserName">For people.</param>
public sealed record StoredUser(string UserId, string UserName);
