namespace Lodger.Marketplace.Cloud;

/// <summary>An account's access to a cloud.</summary>
/// <param name="Id">By which the copy names it.</param>
/// <param name="Name">The user's word for it.</param>
/// <param name="CloudType">The platform's kinds: <c>drive</c>, <c>s3</c>, <c>b2</c>, <c>dropbox</c>, <c>hf</c>.</param>
/// <param name="Directory">A directory of this machine that plays the cloud; null when <paramref name="Rclone"/> names a real one.</param>
/// <param name="Rclone">rclone's settings of the remote, as in its configuration file (<c>type</c>, <c>endpoint</c>, ...).</param>
internal sealed record CloudConnection(long Id, string Name, string CloudType, string? Directory, Dictionary<string, string> Rclone);
