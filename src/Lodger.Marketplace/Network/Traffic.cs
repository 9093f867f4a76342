namespace Lodger.Marketplace.Network;

/// <summary>Bytes that went through an instance's ports. Up leaves the instance, down reaches it, as the platform bills them.</summary>
internal sealed class Traffic(long uploadedBytes, long downloadedBytes)
{
    private long _uploaded = uploadedBytes;
    private long _downloaded = downloadedBytes;

    public long UploadedBytes => Interlocked.Read(ref _uploaded);
    public long DownloadedBytes => Interlocked.Read(ref _downloaded);

    public void Uploaded(int bytes) => Interlocked.Add(ref _uploaded, bytes);

    public void Downloaded(int bytes) => Interlocked.Add(ref _downloaded, bytes);
}
