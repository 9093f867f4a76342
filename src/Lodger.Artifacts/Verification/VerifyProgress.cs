namespace Lodger.Artifacts.Verification;

/// <summary>How far a verification is.</summary>
/// <param name="BytesDone">Bytes read so far, all files together.</param>
/// <param name="BytesTotal">Bytes there are to read.</param>
/// <param name="FilesDone">Files finished.</param>
/// <param name="FilesTotal">Files there are.</param>
public sealed record VerifyProgress(long BytesDone, long BytesTotal, int FilesDone, int FilesTotal);
